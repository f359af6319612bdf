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
/// Every variable there can be for the plain sections and for `known` names.
std::map<std::string, Target, std::less<>> known_variables(const Instances& known);
/// The key of a variable that is not among those: a section named by it alone, in lower case.
/// Errors: misconfigured.
Result<Target> find_variable(std::string_view name);

/// Whether `name` can stand for NAME in a section, a model name and a variable.
bool valid_instance(std::string_view name) noexcept;
std::string dotted(std::span<const std::string> path);

}  // namespace sensorium::config
