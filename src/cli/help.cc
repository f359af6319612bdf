// Help for the terminal and the reference page from the same rows.
#include "cli/help.h"

#include <fmt/format.h>

#include <cstdio>

#include "base/text.h"
#include "cli/words.h"

namespace sensorium::cli {
namespace {

std::string flag_words(const FlagDef& flag) {
  std::string out = flag.letter ? fmt::format("-{}, ", flag.letter) : "    ";
  out += flag_name(flag.option);
  if (!flag.value.empty()) out += fmt::format(" {}", flag.value);
  return out;
}

std::string flag_help(const FlagDef& flag) {
  const OptionDef& option = flag.option;
  std::string out(option.help);
  if (!option.choices.empty()) {
    const auto choices = text::split(option.choices, '|');
    out += fmt::format(": {}", fmt::join(choices, ", "));
  }
  if (!option.default_value.empty()) out += fmt::format(" [{}]", option.default_value);
  return out;
}

std::string usage(const CommandDef& command) {
  std::string out = fmt::format("sensorium {}", command.name);
  if (!command.arguments.empty()) out += fmt::format(" {}", command.arguments);
  return out;
}

std::string exit_codes() {
  return "0 done   1 partly done, or problems found   2 usage or configuration   3 input unreadable or over "
         "a limit\n"
         "       4 engine or provider failed   5 a limit of ours (time, money)   70 a bug of ours   130, 143 "
         "interrupted\n"
         "       141 nobody reads the output any more";
}

}  // namespace

std::string overview() {
  Table table;
  for (const CommandDef* command : commands())
    table.row({std::string(command->name), std::string(command->summary)});
  return fmt::format(
      "sensorium: questions about pictures, answered by any model or by none\n\n"
      "Usage: sensorium COMMAND [ARGUMENTS] [FLAGS]\n\n{}\n"
      "Try:   sensorium ask \"What does this say?\" photo.jpg\n"
      "Help:  sensorium COMMAND --help\n"
      "Exit:  {}",
      table.text("  "), exit_codes());
}

std::string help_text(const CommandDef& command) {
  std::string out =
      fmt::format("sensorium {}: {}\n\nUsage: {} [FLAGS]\n", command.name, command.summary, usage(command));
  if (!command.description.empty()) out += fmt::format("\n{}\n", command.description);
  if (!command.actions.empty()) {
    Table table;
    for (const Action& action : command.actions)
      table.row({fmt::format("{} {}", action.name, action.arguments), std::string(action.summary)});
    out += "\n" + table.text("  ");
  }
  // One table for all groups, so that their columns stand in line.
  Table table;
  const std::vector<FlagGroup> groups = all_flags(command);
  for (const FlagGroup& group : groups)
    for (const FlagDef& flag : group.flags) table.row({flag_words(flag), flag_help(flag)});
  const std::string rows = table.text("  ");
  const std::vector<std::string_view> lines = text::split(rows, '\n');
  std::size_t at = 0;
  for (const FlagGroup& group : groups) {
    out += fmt::format("\n{}\n", group.title);
    for (std::size_t i = 0; i < group.flags.size(); ++i) out += fmt::format("{}\n", lines[at++]);
  }
  if (!command.examples.empty()) out += "\nExamples\n";
  for (const Example& example : command.examples)
    out += fmt::format("  {}\n      {}\n", example.line, example.what);
  return out;
}

void print_help(const CommandDef& command) { std::fputs(help_text(command).c_str(), stdout); }

std::string cli_reference() {
  std::string out =
      "# Command line\n\nMade from the tables of the program by `sensorium help --reference`; not written by "
      "hand.\n\n"
      "stdout carries results only; progress, warnings and the closing line go to stderr. Inputs are told by "
      "their "
      "content, never by their names. Files are written as `NAME.part` and renamed when complete.\n\n"
      "Exit codes: 0 done, 1 partly done or problems found, 2 usage or configuration, 3 input unreadable, "
      "unsupported or "
      "over a limit, 4 engine or provider failed, 5 stopped by a limit of ours, 70 a bug of ours, 130 and "
      "143 "
      "interrupted, 141 nobody reads the output any more.\n";
  for (const CommandDef* command : commands())
    out += fmt::format("\n## sensorium {}\n\n```\n{}```\n", command->name, help_text(*command));
  return out;
}

}  // namespace sensorium::cli
