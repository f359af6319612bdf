// The parsed command line of one command: values by the names of their flags.
// Surprising: types, choices and ranges were checked while parsing, so getters cannot fail.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "cli/command.h"

namespace sensorium::cli {

class Arguments {
 public:
  /// Given on the command line, whatever the default.
  bool has(std::string_view name) const noexcept { return values_.contains(name); }
  /// The last value given, else the default, else "".
  std::string text(std::string_view name) const;
  /// All values given of a flag that may be repeated.
  std::vector<std::string> list(std::string_view name) const;
  /// How often a boolean was given.
  std::size_t count(std::string_view name) const noexcept;
  std::optional<std::int64_t> integer(std::string_view name) const;
  std::optional<double> number(std::string_view name) const;
  std::optional<Milliseconds> duration(std::string_view name) const;

  /// What is not a flag, in order.
  const std::vector<std::string>& words() const noexcept { return words_; }
  /// Word `index`, or "".
  std::string_view word(std::size_t index) const noexcept;
  /// All words behind the verb as they were typed.
  const std::vector<std::string>& typed() const noexcept { return typed_; }
  const CommandDef& command() const noexcept { return *command_; }

 private:
  friend Result<Arguments> parse_arguments(const CommandDef&, std::span<const std::string>);
  const CommandDef* command_ = nullptr;
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
  std::vector<std::string> words_, typed_;
};

/// Parses what follows the verb. Flags may stand anywhere, `_` equals `-` in their names, "--" ends them.
/// Errors: invalid_request (unknown flag with a guess, missing or wrong value, too many words).
Result<Arguments> parse_arguments(const CommandDef& command, std::span<const std::string> words);

}  // namespace sensorium::cli
