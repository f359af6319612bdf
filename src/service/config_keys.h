// The rows that describe every key of the configuration, section by section.
#pragma once

#include <array>
#include <span>

#include "service/config_value.h"

namespace sensorium::config {

enum class KeyTrait : unsigned char {
  plain,
  secret,     ///< never shown
  file_only,  ///< neither flag nor environment: whoever sets it may not be whoever wrote the file
};

struct ConfigKey {
  OptionDef option;
  /// Puts a value of the option's type into its place; `instance` is the NAME of [engines.NAME].
  void (*assign)(Config&, std::string_view instance, const Value&);
  Bounds bounds = {};
  KeyTrait trait = KeyTrait::plain;
  std::string_view example = {};  ///< as TOML, for the template, where there is no default
};

struct ConfigSection {
  std::string_view path;     ///< "server", "models.alias"
  std::string_view summary;  ///< one line for the template and the reference
  std::string_view
      instance;  ///< the name of an example, "openai" for [engines.openai]; "" when there is only one
  std::span<const ConfigKey> keys;
  void (*create)(Config&, std::string_view instance);
  bool named() const noexcept { return !instance.empty(); }
};

std::span<const ConfigSection> sections() noexcept;
const ConfigKey* find_key(const ConfigSection& section, std::string_view name) noexcept;

/// "server" or "engines.openai".
std::string section_name(const ConfigSection& section, std::string_view instance);
/// "SENSORIUM_ENGINES__OPENAI__RETRIES"; what is neither letter nor digit becomes an underscore.
std::string variable_name(const ConfigSection& section, std::string_view instance, std::string_view key);

}  // namespace sensorium::config
