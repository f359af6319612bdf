// run_together(): several tasks of one shard at the same time, all ended when it returns.
// Surprising: the first failure stops the others through their context; a cancelled caller still waits for
// all of them, because they work on what it owns.
#pragma once

#include <functional>
#include <vector>

#include "exec/task.h"

namespace sensorium {

/// Makes one task from the context it has to obey.
using TaskMaker = std::function<Task<>(CallContext)>;

/// Each task is cancelled when its context is over. Errors: the one that came first.
Task<> run_together(CallContext ctx, std::vector<TaskMaker> makers);

}  // namespace sensorium
