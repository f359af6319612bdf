// Running `compare`: pictures read, compared, shown.
#pragma once

#include "cli/command.h"
#include "cli/interrupt.h"

namespace sensorium::cli {

/// The exit code: 0, with --exit-code 1 for a difference, else that of the error.
Result<int> run_compare(const CliContext& context, Interrupt& interrupt);

}  // namespace sensorium::cli
