// OptionDef: one option, described once; flags, configuration keys, help, docs and the web form are
// generated from these rows. Same name everywhere: dashes in flags, underscores in TOML and JSON.
#pragma once

#include <span>
#include <string_view>

namespace sensorium {

struct OptionDef {
  enum class Type : unsigned char { text, integer, number, boolean, duration, size, choice, list, path };
  std::string_view name;  ///< with underscores: "max_tokens"
  Type type = Type::text;
  std::string_view default_value = {};  ///< as a person would type it; "" means none
  std::string_view help;                ///< one line, no full stop
  std::string_view environment = {};    ///< a variable of its own, beside SENSORIUM_<SECTION>__<KEY>
  std::string_view choices = {};        ///< "low|high|auto"
};

}  // namespace sensorium
