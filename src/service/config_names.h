// From names as people write them (TOML paths, variables, flags) to the rows of the tables.
#pragma once

#include <map>
#include <set>
#include <span>

#include "service/config_keys.h"

namespace sensorium::config {

/// A key; or a section, when `key` is null; or the word before a name ("engines"), when both are.
struct Target {
  const ConfigSection* section = nullptr;
  std::string instance;
  const ConfigKey* key = nullptr;
};

/// Names in use, by the path of their section: {"engines", {"openai", "mine"}}.
using Instances = std::map<std::string_view, std::set<std::string>>;

/// Errors: misconfigured, beginning with `place`, with "did you mean".
Result<Target> find_target(std::span<const std::string> path, std::string_view place);
/// `known` decides between names that are spelled the same as variables; others are taken in lower case.
/// Errors: misconfigured.
Result<Target> find_variable(std::string_view name, const Instances& known);

/// Whether `name` can stand for NAME in a section, a model name and a variable.
bool valid_instance(std::string_view name) noexcept;
std::string dotted(std::span<const std::string> path);

}  // namespace sensorium::config
