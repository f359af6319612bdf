// The actions of `models` that change or watch what is on this machine.
#pragma once

#include "cli/command.h"
#include "service/config.h"

namespace sensorium::cli {

/// Shows progress; Ctrl-C leaves a part that the next pull goes on with, and says so.
Result<int> pull_model(const CliContext& context, const Config& config);
Result<int> import_model(const CliContext& context, const Config& config);
Result<int> remove_model(const CliContext& context, const Config& config);
/// Model processes that run now.
Result<int> list_running(const CliContext& context);

}  // namespace sensorium::cli
