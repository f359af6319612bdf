// Signal: wakes the coroutines of one shard that wait for a change. Surprising: it remembers nothing; look at
// the state first, wait only if it is not yet as wanted, and look again after each wait.
#pragma once

#include <boost/asio/steady_timer.hpp>

#include "exec/guard.h"

namespace sensorium {

/// Shard-bound: all calls on one executor.
class Signal {
 public:
  explicit Signal(boost::asio::any_io_executor executor) : timer_(std::move(executor), TimePoint::max()) {}

  /// Returns after the next notify(); an Error once the waiting coroutine was cancelled or `ctx` is over
  /// (which nobody notices before the next notify() unless the wait is guarded()).
  Task<> wait(CallContext ctx) {
    co_await timer_.async_wait(as_result);
    co_return ctx.check();
  }
  /// Wakes all that wait now.
  void notify() { timer_.cancel(); }

 private:
  boost::asio::steady_timer timer_;
};

/// The executor of the running coroutine, for Signal and the like.
inline boost::asio::awaitable<boost::asio::any_io_executor> current_executor() {
  co_return co_await boost::asio::this_coro::executor;
}

}  // namespace sensorium
