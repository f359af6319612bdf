// The scripts ask nothing of the program at completion time: all words are in them.
#include "cli/completion.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cli/command.h"

namespace sensorium::cli {
namespace {

using Type = OptionDef::Type;

template <class Visit>
void each_flag(const CommandDef& command, Visit visit) {
  for (const FlagGroup& group : all_flags(command))
    for (const FlagDef& flag : group.flags) visit(flag);
}

std::string command_names() {
  std::string out;
  for (const CommandDef* command : commands()) out += (out.empty() ? "" : " ") + std::string(command->name);
  return out;
}

std::string spaced(std::string_view choices) {
  std::string out(choices);
  std::ranges::replace(out, '|', ' ');
  return out;
}

// What may stand behind the command: actions, else command names for help.
std::string first_words(const CommandDef& command) {
  if (command.name == "help") return command_names();
  if (command.name == "completion") return "bash zsh fish";
  std::string out;
  for (const Action& action : command.actions) out += (out.empty() ? "" : " ") + std::string(action.name);
  return out;
}

std::string flag_words(const CommandDef& command) {
  std::string out;
  each_flag(command, [&](const FlagDef& flag) {
    out += (out.empty() ? "" : " ") + flag_name(flag.option);
    if (flag.letter) out += fmt::format(" -{}", flag.letter);
  });
  return out;
}

std::string bash_values(const CommandDef& command) {
  std::string out;
  each_flag(command, [&](const FlagDef& flag) {
    if (flag.option.type == Type::boolean) return;
    const std::string names =
        flag.letter ? fmt::format("{}|-{}", flag_name(flag.option), flag.letter) : flag_name(flag.option);
    if (!flag.option.choices.empty())
      out += fmt::format("        {}) words=\"{}\" ;;\n", names, spaced(flag.option.choices));
    else if (flag.option.type == Type::path) out += fmt::format("        {}) files=1 ;;\n", names);
    else out += fmt::format("        {}) return ;;\n", names);
  });
  return out;
}

// Inside '...' of zsh's _arguments and of fish.
std::string quoted_help(std::string_view help, std::string_view special) {
  std::string out;
  for (const char c : help) {
    if (c == '\'') out += "'\\''";
    else if (special.find(c) != std::string_view::npos) out += fmt::format("\\{}", c);
    else out += c;
  }
  return out;
}

std::string zsh_flag(const FlagDef& flag) {
  const std::string help = quoted_help(flag.option.help, "[]:\\");
  std::string action;
  if (!flag.option.choices.empty()) action = fmt::format(":value:({})", spaced(flag.option.choices));
  else if (flag.option.type == Type::path) action = ":file:_files";
  else if (flag.option.type != Type::boolean) action = ":value:";
  const std::string star = flag.repeat == Repeat::yes ? "*" : "";
  std::string out = fmt::format("        '{}{}[{}]{}' \\\n", star, flag_name(flag.option), help, action);
  if (flag.letter) out += fmt::format("        '{}-{}[{}]{}' \\\n", star, flag.letter, help, action);
  return out;
}

std::string fish_flag(const CommandDef& command, const FlagDef& flag) {
  std::string out = fmt::format("complete -c sensorium -n '__fish_seen_subcommand_from {}' -l {}",
                                command.name, flag_name(flag.option).substr(2));
  if (flag.letter) out += fmt::format(" -s {}", flag.letter);
  if (!flag.option.choices.empty()) out += fmt::format(" -x -a '{}'", spaced(flag.option.choices));
  else if (flag.option.type == Type::path) out += " -r -F";
  else if (flag.option.type != Type::boolean) out += " -x";
  return out + fmt::format(" -d '{}'\n", quoted_help(flag.option.help, "\\"));
}

}  // namespace

std::string bash_completion() {
  std::string out = fmt::format(
      "# bash completion of sensorium; made by: sensorium completion bash\n"
      "_sensorium() {{\n"
      "  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} words='' files=''\n"
      "  COMPREPLY=()\n"
      "  if ((COMP_CWORD == 1)); then\n"
      "    COMPREPLY=($(compgen -W '{} --help --version' -- \"$current\"))\n"
      "    return\n"
      "  fi\n"
      "  case ${{COMP_WORDS[1]}} in\n",
      command_names());
  for (const CommandDef* command : commands()) {
    out += fmt::format("    {})\n      case $previous in\n{}", command->name, bash_values(*command));
    out +=
        fmt::format("        *)\n          if [[ $current == -* ]]; then words='{}'\n", flag_words(*command));
    if (const std::string first = first_words(*command); !first.empty())
      out += fmt::format("          elif ((COMP_CWORD == 2)); then words='{}'\n", first);
    out += "          else files=1\n          fi ;;\n      esac ;;\n";
  }
  return out +
         "  esac\n"
         "  if [[ -n $files ]]; then mapfile -t COMPREPLY < <(compgen -f -- \"$current\"); compopt -o "
         "filenames 2>/dev/null\n"
         "  else COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "  fi\n"
         "}\n"
         "complete -F _sensorium sensorium\n";
}

std::string zsh_completion() {
  std::string out =
      "#compdef sensorium\n# made by: sensorium completion zsh\n_sensorium() {\n  local -a commands\n  "
      "commands=(\n";
  for (const CommandDef* command : commands())
    out += fmt::format("    '{}:{}'\n", command->name, quoted_help(command->summary, ":\\"));
  out += "  )\n  if ((CURRENT == 2)); then _describe 'command' commands; return; fi\n  case ${words[2]} in\n";
  for (const CommandDef* command : commands()) {
    out += fmt::format("    {})\n      shift words; ((CURRENT--))\n      _arguments -S \\\n", command->name);
    each_flag(*command, [&](const FlagDef& flag) { out += zsh_flag(flag); });
    const std::string first = first_words(*command);
    if (!first.empty()) out += fmt::format("        '1:what:({})' \\\n", first);
    out += "        '*:file:_files' ;;\n";
  }
  return out + "  esac\n}\n_sensorium \"$@\"\n";
}

std::string fish_completion() {
  std::string out = "# fish completion of sensorium; made by: sensorium completion fish\n";
  for (const CommandDef* command : commands())
    out += fmt::format("complete -c sensorium -f -n __fish_use_subcommand -a {} -d '{}'\n", command->name,
                       quoted_help(command->summary, "\\"));
  for (const CommandDef* command : commands()) {
    if (const std::string first = first_words(*command); !first.empty())
      out += fmt::format("complete -c sensorium -f -n '__fish_seen_subcommand_from {}' -a '{}'\n",
                         command->name, first);
    each_flag(*command, [&](const FlagDef& flag) { out += fish_flag(*command, flag); });
  }
  return out;
}

}  // namespace sensorium::cli
