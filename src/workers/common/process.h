// What every worker program does around its model: ends with its parent, ends on SIGTERM.
#pragma once

#include <functional>

namespace sensorium::worker {

/// Asks the kernel to end this process when the parent dies; ends it at once if that has happened.
/// Call first in main(), before threads exist.
void die_with_parent() noexcept;

/// Blocks SIGTERM, SIGINT and SIGPIPE for this and all later threads, and calls `on_stop` once, on a
/// thread of its own, when one of the first two arrives. Call before threads exist.
void on_termination(std::function<void()> on_stop);

}  // namespace sensorium::worker
