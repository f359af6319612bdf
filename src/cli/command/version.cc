// sensorium version.
#include <cstdio>

#include "cli/command.h"
#include "cli/hooks.h"

namespace sensorium::cli {
namespace {

Result<int> run(CliContext& context) {
  std::printf("sensorium %s\n", context.hooks.version.c_str());
  return 0;
}

constexpr Example examples[] = {{"sensorium version", "the version of this program"}};

}  // namespace

extern const CommandDef version_command{
    .name = "version",
    .arguments = "",
    .summary = "the version of this program",
    .description = "",
    .actions = {},
    .groups = {},
    .examples = examples,
    .max_arguments = 0,
    .run = run,
};

}  // namespace sensorium::cli
