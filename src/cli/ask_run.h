// Asking: reads the inputs, builds the service, and lets the answers flow into a report.
#pragma once

#include "cli/ask_report.h"
#include "cli/command.h"

namespace sensorium::cli {

/// The exit code of all models together: 0, 1 when only some answered, else that of the failure.
/// Errors that were not yet shown are returned; the report is closed in any case.
Result<int> run_ask(const CliContext& context, const AskRequest& request, Interrupt& interrupt);

}  // namespace sensorium::cli
