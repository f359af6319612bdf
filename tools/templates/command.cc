// sensorium NAME: TODO what it does.
#include "cli/command.h"

namespace sensorium::cli {
namespace {

constexpr Example examples[] = {{"sensorium NAME", "TODO what this line does"}};

Result<int> run(CliContext& context) {
  (void)context;
  return Error(Code::not_built_in, "NAME cannot do anything yet", "Finish FILE");
}

}  // namespace

extern const CommandDef NAME_command{
    .name = "NAME",
    .arguments = "",
    .summary = "TODO one line for the help",
    .description = "",
    .actions = {},
    .groups = {},
    .examples = examples,
    .max_arguments = 0,
    .run = run,
};

}  // namespace sensorium::cli
