// sensorium completion SHELL.
#include "cli/completion.h"

#include <array>
#include <cstdio>

#include "cli/action.h"
#include "cli/arguments.h"

namespace sensorium::cli {
namespace {

constexpr Action shells[] = {
    {"bash", "", "source <(sensorium completion bash)"},
    {"zsh", "", "sensorium completion zsh > \"${fpath[1]}/_sensorium\""},
    {"fish", "", "sensorium completion fish > ~/.config/fish/completions/sensorium.fish"},
};
constexpr Example examples[] = {
    {"source <(sensorium completion bash)", "commands, flags and values with the Tab key, in this shell"}};

Result<int> run(CliContext& context) {
  const Action* shell = SN_TRY(chosen_action(context.arguments));
  const std::string script = shell->name == "bash"  ? bash_completion()
                             : shell->name == "zsh" ? zsh_completion()
                                                    : fish_completion();
  std::fputs(script.c_str(), stdout);
  return 0;
}

}  // namespace

extern const CommandDef completion_command{
    .name = "completion",
    .arguments = "bash | zsh | fish",
    .summary = "a script that completes commands and flags in a shell",
    .description = "",
    .actions = shells,
    .groups = {},
    .examples = examples,
    .max_arguments = 1,
    .run = run,
};

}  // namespace sensorium::cli
