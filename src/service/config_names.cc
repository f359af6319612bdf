// Looking names up and saying what was probably meant.
#include "service/config_names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/text.h"

namespace sensorium::config {
namespace {

// How many names of `path` the section takes, that of the instance included; 0 when it is another.
std::size_t prefix_length(const ConfigSection& section, std::span<const std::string> path) {
  const auto names = text::split(section.path, '.');
  if (path.size() < names.size() || !std::equal(names.begin(), names.end(), path.begin())) return 0;
  return names.size() + (section.named() ? 1 : 0);
}

std::string suggestion(std::string_view wrong, std::span<const std::string_view> candidates) {
  if (const auto close = text::did_you_mean(wrong, candidates))
    return fmt::format("Did you mean \"{}\"?", *close);
  return fmt::format("Known are {}", fmt::join(candidates, ", "));
}

Error unknown_key(const ConfigSection& section, std::span<const std::string> path, std::string_view place) {
  std::vector<std::string_view> candidates;
  for (const ConfigKey& key : section.keys) candidates.push_back(key.option.name);
  return Error(Code::misconfigured,
               fmt::format("{}: unknown key \"{}\" in [{}]", place, text::printable(path.back()),
                           dotted(path.first(path.size() - 1))),
               suggestion(path.back(), candidates))
      .at(dotted(path));
}

Error unknown_section(std::span<const std::string> path, std::string_view place) {
  std::vector<std::string_view> candidates;
  for (const ConfigSection& section : sections()) {
    const auto first = section.path.substr(0, section.path.find('.'));
    if (std::ranges::find(candidates, first) == candidates.end()) candidates.push_back(first);
  }
  return Error(Code::misconfigured, fmt::format("{}: unknown section \"{}\"", place, dotted(path)),
               suggestion(path.front(), candidates))
      .at(dotted(path));
}

Error unknown_variable(std::string_view name) {
  std::vector<std::string> names;
  for (const ConfigSection& section : sections())
    for (const ConfigKey& key : section.keys)
      if (!section.named() && key.trait != KeyTrait::file_only)
        names.push_back(variable_name(section, "", key.option.name));
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  const auto close = text::did_you_mean(name, candidates);
  return Error(Code::misconfigured,
               fmt::format("environment {}: there is no such key", text::printable(name)),
               close ? fmt::format("Did you mean {}?", *close)
                     : "Names are SENSORIUM_<SECTION>__<KEY>; sensorium config show lists the keys");
}

// SENSORIUM_ENGINES__OPENAI__RETRIES where no file has [engines.openai].
std::optional<Target> new_instance(std::string_view name, const ConfigSection& section) {
  std::string head = variable_name(section, "", "");
  head.resize(head.size() - 2);  // of the four underscores around no name
  if (!section.named() || !name.starts_with(head)) return std::nullopt;
  const std::string_view rest = name.substr(head.size());
  const std::size_t end = rest.find("__");
  if (end == 0 || end == std::string_view::npos) return std::nullopt;
  const ConfigKey* key = find_key(section, text::lower(rest.substr(end + 2)));
  return key ? std::optional(Target{&section, text::lower(rest.substr(0, end)), key}) : std::nullopt;
}

}  // namespace

Result<Target> find_target(std::span<const std::string> path, std::string_view place) {
  const ConfigSection* owner = nullptr;
  bool before_a_name = false;
  for (const ConfigSection& section : sections()) {
    const std::size_t length = prefix_length(section, path);
    if (length == 0) continue;
    if (path.size() < length) {
      before_a_name = true;
      continue;
    }
    Target target{.section = &section, .instance = section.named() ? path[length - 1] : std::string()};
    if (path.size() == length) return target;
    if (path.size() != length + 1) continue;
    target.key = find_key(section, path.back());
    if (target.key) return target;
    owner = &section;
  }
  if (before_a_name) return Target{};
  return owner ? unknown_key(*owner, path, place) : unknown_section(path, place);
}

std::map<std::string, Target, std::less<>> known_variables(const Instances& known) {
  std::map<std::string, Target, std::less<>> variables;
  const auto add = [&](const ConfigSection& section, const std::string& instance) {
    for (const ConfigKey& key : section.keys)
      variables.emplace(variable_name(section, instance, key.option.name), Target{&section, instance, &key});
  };
  for (const ConfigSection& section : sections()) {
    if (!section.named()) add(section, {});
    if (const auto found = known.find(section.path); found != known.end())
      for (const std::string& instance : found->second) add(section, instance);
  }
  return variables;
}

Result<Target> find_variable(std::string_view name) {
  for (const ConfigSection& section : sections())
    if (auto target = new_instance(name, section)) return *std::move(target);
  return unknown_variable(name);
}

bool valid_instance(std::string_view name) noexcept {
  constexpr std::size_t longest = 64;
  const auto fine = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !name.empty() && name.size() <= longest && std::ranges::all_of(name, fine);
}

std::string dotted(std::span<const std::string> path) {
  return text::printable(text::shorten(text::join(path, "."), 120));
}

}  // namespace sensorium::config
