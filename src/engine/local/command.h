// Runs a program to its end: for tools that do their work in a process of their own.
#pragma once

#include <string>
#include <vector>

#include "base/call_context.h"

namespace sensorium::local {

/// Blocking; must not be called from a short-lived thread's last breath: the program dies with the
/// thread. It sees our whole environment. Stopped (whole group) within 100 ms of the context.
/// Errors: not_built_in, cancelled, deadline_exceeded, upstream_unavailable with its last words when it
/// ends with another status than 0.
Status run_program(const CallContext& ctx, const std::vector<std::string>& argv);

}  // namespace sensorium::local
