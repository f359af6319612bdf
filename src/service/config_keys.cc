// The order of the sections, and names. To add a key: one field in config.h, one row in config_rows_*.cc;
// everything else follows.
#include "service/config_keys.h"

#include <algorithm>

#include "service/config_rows.h"

namespace sensorium::config {

std::span<const ConfigSection> sections() noexcept {
  static const std::array all{server_section, models_section, alias_section, engines_section, local_section,
                              media_section,  cache_section,  log_section,   limits_section,  keys_section};
  return all;
}

const ConfigKey* find_key(const ConfigSection& section, std::string_view name) noexcept {
  const auto found =
      std::ranges::find(section.keys, name, [](const ConfigKey& row) { return row.option.name; });
  return found == section.keys.end() ? nullptr : &*found;
}

std::string section_name(const ConfigSection& section, std::string_view instance) {
  std::string name(section.path);
  if (section.named()) name.append(".").append(instance);
  return name;
}

std::string variable_name(const ConfigSection& section, std::string_view instance, std::string_view key) {
  std::string name = "SENSORIUM_";
  const auto append = [&](std::string_view words) {
    for (const char c : words) {
      if (c >= 'a' && c <= 'z') name += static_cast<char>(c - 'a' + 'A');
      else if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) name += c;
      else name += c == '.' ? "__" : "_";
    }
  };
  append(section.path);
  if (section.named()) {
    name += "__";
    for (const char c : instance) append(c == '.' ? "_" : std::string_view(&c, 1));
  }
  name += "__";
  append(key);
  return name;
}

}  // namespace sensorium::config
