// Wakeup: a bell that a coroutine sleeps on and any thread rings; and the two things that a coroutine
// needs that has to tidy up after it was cancelled.
// Surprising: a ring before the sleep is not lost, and several rings are one.
#pragma once

#include <memory>

#include "exec/task.h"

namespace sensorium {

/// Copies ring the same bell. The event loop must outlive the last ring.
class Wakeup {
 public:
  /// A bell on the event loop of the coroutine that awaits this.
  static boost::asio::awaitable<Wakeup> here();
  /// Any thread.
  void ring() const;
  /// Until the next ring, by one coroutine of that event loop at a time. False when it was cancelled instead.
  boost::asio::awaitable<bool> sleep() const;

 private:
  struct Bell;
  explicit Wakeup(std::shared_ptr<Bell> bell) : bell_(std::move(bell)) {}
  std::shared_ptr<Bell> bell_;
};

/// From here on a cancellation of this coroutine (and its callers up to the guard) is only told by what it
/// waits for; the next co_await does not throw.
boost::asio::awaitable<void> outlive_cancellation();
/// Forgets a cancellation that came, and takes no further one: for waiting until others have ended.
boost::asio::awaitable<void> ignore_cancellation();

/// Starts `work` on the event loop of the coroutine that awaits this, to run on its own. What it refers to
/// must outlive it.
boost::asio::awaitable<void> start_here(Task<> work);

}  // namespace sensorium
