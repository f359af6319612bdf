// CommandDef: one verb of the terminal, described once; parsing, help, completion and the reference
// page are made from these rows.
// A new verb is one file command/NAME.cc that defines `extern const CommandDef NAME_command` and a line
// in commands.def.
#pragma once

#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/option_def.h"
#include "base/result.h"

namespace sensorium::cli {

class Arguments;
class Terminal;
struct Hooks;

enum class Repeat : bool { no, yes };

/// One flag: "--max-tokens N". `low` and `high` bound numbers, inclusive.
struct FlagDef {
  OptionDef option;
  char letter = 0;              ///< 'm' for -m; 0 for none
  std::string_view value = {};  ///< how help calls the value: "NAME"; "" for booleans
  Repeat repeat = Repeat::no;   ///< all values count; otherwise the last one does
  double low = std::numeric_limits<double>::lowest();
  double high = std::numeric_limits<double>::max();
  std::string_view bare = {};  ///< the value of a flag given without one ("--tile"); then a value needs "="
};

struct FlagGroup {
  std::string_view title;
  std::span<const FlagDef> flags;
};

struct Example {
  std::string_view line;
  std::string_view what;
};

/// A word that may stand first, as `ls` in `models ls`.
struct Action {
  std::string_view name;
  std::string_view arguments;
  std::string_view summary;
};

/// What a command works with.
struct CliContext {
  const Arguments& arguments;
  Terminal& terminal;
  const Hooks& hooks;
};

struct CommandDef {
  std::string_view name;
  std::string_view arguments;  ///< "PROMPT INPUT..."
  std::string_view summary;    ///< one line, no full stop
  std::string_view description;
  std::span<const Action> actions;
  std::span<const FlagGroup> groups;  ///< beside the flags that every command has
  std::span<const Example> examples;
  std::size_t max_arguments;
  /// The exit code; an Error is printed and exits with its code's own.
  Result<int> (*run)(CliContext&);
};

/// All commands, in the order of the help.
std::span<const CommandDef* const> commands() noexcept;
const CommandDef* find_command(std::string_view name) noexcept;
/// The groups of a command, and --help, --config, -q, -v, --color, which every command takes.
std::vector<FlagGroup> all_flags(const CommandDef& command);

/// "--max-tokens" of "max_tokens".
std::string flag_name(const OptionDef& option);

}  // namespace sensorium::cli
