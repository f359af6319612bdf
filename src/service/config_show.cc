// The configuration as text: what is in force, a template, the reference page. All from the rows.
#include <fmt/format.h>

#include "base/text.h"
#include "service/config.h"
#include "service/config_keys.h"

namespace sensorium {
namespace config {
namespace {

std::string standard_value(const ConfigKey& key) {
  if (key.option.default_value.empty()) return {};
  const auto value = convert(key.option, key.bounds, {std::string(key.option.default_value), Spelling::text});
  return value ? to_toml(*value) : std::string();
}

std::string example_value(const ConfigKey& key) {
  const std::string standard = standard_value(key);
  return standard.empty() ? std::string(key.example) : standard;
}

std::string type_words(const ConfigKey& key) { return text::printable(wanted_words(key.option, key.bounds)); }

std::string notes(const ConfigKey& key) {
  if (key.trait == KeyTrait::secret) return "; a secret, never shown";
  if (key.trait == KeyTrait::file_only) return "; in the file only";
  return {};
}

constexpr std::string_view template_head =
    R"(# The configuration of Sensorium. Every key is optional and shown with its default or an example;
# remove the "#" before a key to set it. Looked for, first found: --config, $SENSORIUM_CONFIG,
# ./sensorium.toml, $XDG_CONFIG_HOME/sensorium/config.toml, /etc/sensorium/config.toml.
# Flags come before environment variables (SENSORIUM_<SECTION>__<KEY>), those before this file.
)";

constexpr std::string_view reference_head = R"(# Configuration

Nothing is needed to start. One TOML file is read, the first found of `--config FILE`, `$SENSORIUM_CONFIG`,
`./sensorium.toml`, `$XDG_CONFIG_HOME/sensorium/config.toml` (without that variable `~/.config`) and
`/etc/sensorium/config.toml`; files are not merged. A flag comes before an environment variable, that before the
file, that before the default. An unknown key is an error that names its place and the key that was probably meant.

- `sensorium config init` writes a file with every key as a comment.
- `sensorium config show --origin` shows what is in force and where it comes from; secrets are masked.
- `sensorium config check` reports every mistake, and what is allowed but probably not meant.
- `sensorium config schema` prints a JSON Schema, for editors.

Times are seconds, or text with a unit: `90`, `"90s"`, `"1.5m"`, `"250ms"`, `"2h"`. Paths in the file are relative to its
folder; `~/` is the home folder. In variables and flags, lists are separated by commas. An empty variable counts as not set.

Keys of providers are found by their own names too, `OPENAI_API_KEY` or `OPENAI_API_KEY_FILE` and so on; what the file
says comes first.
)";

}  // namespace
}  // namespace config

std::string config_show(const Config& config, ShowOrigin show_origin) {
  std::string out = config.file.empty() ? "# no file\n" : fmt::format("# {}\n", text::printable(config.file));
  std::string_view section;
  for (const ConfigSetting& setting : config.settings) {
    if (setting.section != section) out += fmt::format("\n[{}]\n", setting.section);
    section = setting.section;
    std::string line = setting.value.empty() ? fmt::format("# {} is not set", setting.key)
                                             : fmt::format("{} = {}", setting.key, setting.value);
    if (show_origin == ShowOrigin::yes && !setting.value.empty())
      line = fmt::format("{:<48} # {}", line, text::printable(setting.origin));
    out += line + "\n";
  }
  return out;
}

std::string config_template() {
  std::string out(config::template_head);
  for (const auto& section : config::sections()) {
    out += fmt::format("\n# {}.\n{}[{}]\n", section.summary, section.named() ? "# " : "",
                       config::section_name(section, section.instance));
    for (const auto& key : section.keys)
      out += fmt::format("\n# {}\n# {} = {}\n", key.option.help, key.option.name, config::example_value(key));
  }
  return out;
}

std::string config_reference() {
  std::string out(config::reference_head);
  for (const auto& section : config::sections()) {
    out +=
        fmt::format("\n## [{}]\n\n{}.\n\n| Key | Default | Must be | Meaning |\n| --- | --- | --- | --- |\n",
                    config::section_name(section, section.named() ? "NAME" : ""), section.summary);
    for (const auto& key : section.keys) {
      const std::string standard = config::standard_value(key);
      out += fmt::format("| `{}` | {} | {} | {}{} |\n", key.option.name,
                         standard.empty() ? "" : "`" + standard + "`", config::type_words(key),
                         key.option.help, config::notes(key));
    }
  }
  return out;
}

}  // namespace sensorium
