// Choosing the command, and what is the same for all of them: help, version, errors, exit codes.
#include "cli/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "cli/arguments.h"
#include "cli/help.h"
#include "cli/terminal.h"

namespace sensorium::cli {
namespace {

// Needed before the arguments are parsed, for the error that parsing may give.
ColorWhen color_wish(std::span<const std::string> words) {
  ColorWhen when = ColorWhen::automatic;
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    std::string_view value;
    if (words[i] == "--color" && i + 1 < words.size()) value = words[i + 1];
    else if (words[i].starts_with("--color="))
      value = std::string_view(words[i]).substr(std::string_view("--color=").size());
    if (value == "always") when = ColorWhen::always;
    if (value == "never") when = ColorWhen::never;
  }
  return when;
}

// Verbs that people may know from the documentation of what is to come.
constexpr std::array later{"batch", "mcp"};

Error unknown_command(std::string_view name) {
  if (std::ranges::find(later, name) != later.end())
    return Error(Code::not_built_in, fmt::format("{} is not part of this version", name),
                 name == "batch"
                     ? "Until then: for f in FOLDER/*; do sensorium ask \"What is this?\" \"$f\"; done"
                     : "What there is: sensorium --help");
  std::vector<std::string_view> names;
  for (const CommandDef* command : commands()) names.push_back(command->name);
  const auto guess = text::did_you_mean(name, names);
  const std::string shown = text::printable(text::shorten(name, 60));
  if (name.starts_with('-'))
    return Error(Code::invalid_request, fmt::format("The command comes first, before {}", shown),
                 "Commands and flags are listed by: sensorium --help");
  return Error(Code::invalid_request, fmt::format("There is no command \"{}\"", shown),
               guess ? fmt::format("Did you mean: sensorium {}?", *guess)
                     : "The commands are listed by: sensorium --help");
}

int fail(Terminal& terminal, const Error& error) {
  terminal.error(error);
  return facts(error.code).exit;
}

int run_command(const CommandDef& command, std::span<const std::string> words, const Hooks& hooks,
                Terminal& terminal) {
  const auto arguments = parse_arguments(command, words);
  if (!arguments) return fail(terminal, arguments.error());
  if (arguments->has("help")) return print_help(command), 0;
  if (arguments->has("quiet")) terminal.set_quiet();
  if (arguments->has("verbose")) terminal.set_verbose();
  CliContext context{*arguments, terminal, hooks};
  const auto code = command.run(context);
  return code ? *code : fail(terminal, code.error());
}

}  // namespace

int run(std::span<const std::string> words, const Hooks& hooks) {
  Terminal terminal(color_wish(words));
  if (words.empty()) {
    terminal.line(overview());
    return facts(Code::invalid_request).exit;
  }
  std::string name = words.front();
  if (name == "--help" || name == "-h") name = "help";
  if (name == "--version" || name == "-V") name = "version";
  const CommandDef* command = find_command(name);
  if (!command) return fail(terminal, unknown_command(name));
  return run_command(*command, words.subspan(1), hooks, terminal);
}

}  // namespace sensorium::cli
