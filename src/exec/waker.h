// Waker: a coroutine waits until any thread wakes it, or until a time.
// Surprising: waking before waiting is kept, and several wake-ups before a wait are one.
#pragma once

#include <memory>

#include "exec/task.h"

namespace sensorium {

/// One waiter, on one shard; copies share the state, so a waker may outlive the waiter.
class Waker {
 public:
  Waker();
  /// From any thread. Must not be called after the waiter's loop is gone while wait() runs.
  void wake() const noexcept;
  /// Returns true when woken (which is consumed), false once `until` has passed. One waiter at a time.
  /// Errors: cancelled, deadline_exceeded when `ctx` ends or the waiting coroutine is cancelled first.
  Task<bool> wait(CallContext ctx, TimePoint until = TimePoint::max()) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace sensorium
