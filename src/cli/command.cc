// The list of commands and the flags that all of them take.
#include "cli/command.h"

#include <algorithm>
#include <array>

namespace sensorium::cli {

#define SN_COMMAND(name) extern const CommandDef name##_command;
#include "cli/commands.def"
#undef SN_COMMAND

namespace {

#define SN_COMMAND(name) &name##_command,
constexpr std::array list{
#include "cli/commands.def"
};
#undef SN_COMMAND

using Type = OptionDef::Type;
constexpr FlagDef common[] = {
    {{.name = "config",
      .type = Type::path,
      .help = "configuration file (default: the first found, see docs)",
      .environment = "SENSORIUM_CONFIG"},
     0,
     "FILE"},
    {{.name = "color",
      .type = Type::choice,
      .default_value = "auto",
      .help = "colours on stderr",
      .choices = "auto|always|never"},
     0,
     "WHEN"},
    {{.name = "quiet", .type = Type::boolean, .help = "only results and errors"}, 'q'},
    {{.name = "verbose", .type = Type::boolean, .help = "more on stderr; twice for everything"},
     'v',
     {},
     Repeat::yes},
    {{.name = "help", .type = Type::boolean, .help = "this text"}, 'h'},
};
constexpr FlagGroup common_group{"Common", common};

}  // namespace

std::span<const CommandDef* const> commands() noexcept { return list; }

const CommandDef* find_command(std::string_view name) noexcept {
  const auto found = std::ranges::find(list, name, &CommandDef::name);
  return found == list.end() ? nullptr : *found;
}

std::vector<FlagGroup> all_flags(const CommandDef& command) {
  std::vector<FlagGroup> groups(command.groups.begin(), command.groups.end());
  groups.push_back(common_group);
  return groups;
}

std::string flag_name(const OptionDef& option) {
  std::string name = "--" + std::string(option.name);
  std::ranges::replace(name, '_', '-');
  return name;
}

}  // namespace sensorium::cli
