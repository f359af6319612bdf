// TOML as a flat list of keys with their places.
#pragma once

#include "service/config_value.h"

namespace sensorium::config {

/// A key and its value, or the head of a section.
struct TomlEntry {
  std::vector<std::string> path;  ///< {"engines", "openai", "retries"}
  RawValue value;                 ///< for a section: Strange{"a section"}
  bool section = false;
  std::string place;  ///< "file:line:column"
};

/// In the order of the names. Errors: misconfigured, the message begins with the place.
Result<std::vector<TomlEntry>> read_toml(std::string_view text, std::string_view file);

}  // namespace sensorium::config
