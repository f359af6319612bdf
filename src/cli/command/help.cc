// sensorium help [COMMAND].
#include "cli/help.h"

#include <fmt/format.h>

#include <cstdio>

#include "base/text.h"
#include "cli/arguments.h"

namespace sensorium::cli {
namespace {

constexpr FlagDef flags[] = {{{.name = "reference",
                               .type = OptionDef::Type::boolean,
                               .help = "all commands as Markdown, for the documentation"}}};
constexpr FlagGroup groups[] = {{"Output", flags}};
constexpr Example examples[] = {{"sensorium help ask", "the same as sensorium ask --help"}};

Result<int> run(CliContext& context) {
  if (context.arguments.has("reference")) return std::fputs(cli_reference().c_str(), stdout), 0;
  const std::string_view name = context.arguments.word(0);
  if (name.empty()) return std::printf("%s\n", overview().c_str()), 0;
  const CommandDef* command = find_command(name);
  if (!command)
    return Error(Code::invalid_request,
                 fmt::format("There is no command \"{}\"", text::printable(text::shorten(name, 60))),
                 "The commands are listed by: sensorium help");
  print_help(*command);
  return 0;
}

}  // namespace

extern const CommandDef help_command{
    .name = "help",
    .arguments = "[COMMAND]",
    .summary = "this overview, or the help of one command",
    .description = "",
    .actions = {},
    .groups = groups,
    .examples = examples,
    .max_arguments = 1,
    .run = run,
};

}  // namespace sensorium::cli
