// What the tables of the configuration are made of: the way from a value to its field, and the sections.
// Private to config_keys.cc and config_rows_*.cc.
#pragma once

#include "service/config_keys.h"

namespace sensorium::config {

using Type = OptionDef::Type;

// ---- from a value to a field

inline void set(std::string& field, const Value& value) {
  if (const auto* choice = std::get_if<Choice>(&value)) field = choice->name;
  else field = std::get<std::string>(value);
}
template <class Enum>
  requires std::is_enum_v<Enum>
void set(Enum& field, const Value& value) {
  field = static_cast<Enum>(std::get<Choice>(value).index);  // the choices stand in the order of the enum
}
template <class Field>
  requires(!std::is_enum_v<Field>)
void set(Field& field, const Value& value) {
  field = std::get<Field>(value);
}
template <class Field>
void set(std::optional<Field>& field, const Value& value) {
  field = std::get<Field>(value);
}

template <class Section>
concept Named = requires { typename Section::mapped_type; };

template <auto Section, auto Field>
void into(Config& config, std::string_view instance, const Value& value) {
  auto& section = config.*Section;
  if constexpr (Named<std::remove_reference_t<decltype(section)>>) {
    set(section[std::string(instance)].*Field, value);
  } else {
    set(section.*Field, value);
  }
}

template <auto Section>
void create(Config& config, std::string_view instance) {
  auto& section = config.*Section;
  if constexpr (Named<std::remove_reference_t<decltype(section)>>) section[std::string(instance)];
}

// ---- bounds that several sections have

inline constexpr double day = 86'400, year = 366 * day;  // s
inline constexpr double megabytes_most = 1 << 20;
inline constexpr double limit_most = 1e9;

// ---- the sections

// config_rows_service.cc
extern const ConfigSection server_section, log_section, limits_section, keys_section;
// config_rows_models.cc
extern const ConfigSection models_section, alias_section, engines_section, local_section;
// config_rows_media.cc
extern const ConfigSection media_section, cache_section;

}  // namespace sensorium::config
