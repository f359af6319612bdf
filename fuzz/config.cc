// The configuration on arbitrary text: a TOML file, and behind a line "---" variables and flags as
// NAME=value lines. Checked besides not crashing: a mistake has its code and a clean sentence, and what
// loads is shown as a file that loads to the same.
#include "service/config.h"

#include <cstdint>
#include <cstdlib>
#include <map>

#include "base/text.h"

namespace {

using namespace sensorium;

constexpr std::string_view divider = "\n---\n";

void require(bool condition) {
  if (!condition) std::abort();
}

ConfigSources sources_from(std::string_view lines) {
  ConfigSources sources;
  std::map<std::string, std::string, std::less<>> variables;
  for (const auto line : text::split(lines, '\n')) {
    const std::string name(line.substr(0, line.find('=')));
    const std::string value(line.size() > name.size() ? line.substr(name.size() + 1) : "");
    if (name.starts_with("SENSORIUM_")) variables[name] = value, sources.environment_names.push_back(name);
    else if (!name.empty()) sources.flags.emplace_back(name, value);
  }
  sources.environment = [variables](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  return sources;
}

void check_error(const Error& error) {
  require(error.code == Code::misconfigured);
  require(!error.message.empty() && text::valid_utf8(sentence(error)) && text::valid_utf8(error.param));
  require(error.message.find_first_of("\n\x1b") == std::string::npos);
  for (const auto& note : error.notes) require(text::valid_utf8(note));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = input.find(divider);
  const auto rest = end == std::string_view::npos ? std::string_view() : input.substr(end + divider.size());
  const auto config = parse_config(input.substr(0, end), "fuzz.toml", sources_from(rest));
  if (!config) {
    check_error(config.error());
    return 0;
  }
  const std::string shown = config_show(*config, ShowOrigin::no);
  const auto again = parse_config(shown, "fuzz.toml", ConfigSources());
  require(again.has_value() && config_show(*again, ShowOrigin::no) == shown);
  (void)config_show(*config, ShowOrigin::yes);
  return 0;
}
