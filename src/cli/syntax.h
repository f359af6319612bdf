// The syntax of flags alone: which words are flags, which are their values, which stand free.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "cli/command.h"

namespace sensorium::cli {

struct Syntax {
  std::map<std::string, std::vector<std::string>, std::less<>> values;  ///< by OptionDef name
  std::vector<std::string> words;
  std::vector<std::string> unknown;  ///< flags nobody knows, as typed
};

/// Errors: invalid_request (a flag at the end without its value, a value for a flag that takes none).
Result<Syntax> read_syntax(std::span<const FlagGroup> groups, std::span<const std::string> words);

}  // namespace sensorium::cli
