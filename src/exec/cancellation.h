// What a coroutine needs that has to tidy up after it was cancelled, or that starts work of its own.
// Surprising: asio throws where a cancelled coroutine awaits again, unless it said beforehand that it will
// not.
#pragma once

#include "exec/task.h"

namespace sensorium {

/// From here on a cancellation of this coroutine (and its callers up to the guard) is only told by what it
/// waits for; the next co_await does not throw.
boost::asio::awaitable<void> outlive_cancellation();
/// Forgets a cancellation that came, and takes no further one: for waiting until others have ended.
boost::asio::awaitable<void> ignore_cancellation();

/// Starts `work` on the event loop of the coroutine that awaits this, to run on its own. What it refers to
/// must outlive it.
boost::asio::awaitable<void> start_here(Task<> work);

}  // namespace sensorium
