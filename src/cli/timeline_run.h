// Timelines on the terminal: one film after the other, lines as they are known, files when all is there.
#pragma once

#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/timeline_request.h"

namespace sensorium::cli {

/// The exit code over all films: 0, 1 when only some or not all of one could be done, else that of the
/// failure.
Result<int> run_timelines(const CliContext& context, const TimelineRequest& request, Interrupt& interrupt);

}  // namespace sensorium::cli
