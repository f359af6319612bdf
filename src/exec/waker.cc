// Waker: a flag, and the timer of whoever waits for it, under one lock.
#include "exec/waker.h"

#include <algorithm>
#include <mutex>

#include "exec/guard.h"

namespace sensorium {
namespace asio = boost::asio;

namespace {
using Timer = asio::steady_timer;

/// Ends a wait from any thread: a timer may only be touched on its own loop. The work guard keeps the
/// loop from ending while post() still touches it (see NOTE [Posting last] in exec/cpu_pool.h).
void end_wait(const std::shared_ptr<Timer>& timer) {
  const auto hold = asio::make_work_guard(timer->get_executor());
  asio::post(timer->get_executor(), [timer] { timer->expires_at(TimePoint::min()); });
}
}  // namespace

struct Waker::State {
  std::mutex mutex;
  bool woken = false;
  std::shared_ptr<Timer> timer;  ///< set while somebody waits
};

Waker::Waker() : state_(std::make_shared<State>()) {}

void Waker::wake() const noexcept {
  // The lock is held over the post, so that the waiter cannot leave and take its loop with it.
  const std::scoped_lock lock(state_->mutex);
  if (std::exchange(state_->woken, true)) return;
  if (state_->timer) end_wait(state_->timer);
}

Task<bool> Waker::wait(CallContext ctx, TimePoint until) const {
  const auto state = state_;
  const auto timer =
      std::make_shared<Timer>(co_await asio::this_coro::executor, std::min(until, ctx.deadline()));
  {
    const std::scoped_lock lock(state->mutex);
    if (std::exchange(state->woken, false)) co_return true;
    state->timer = timer;
  }
  {
    const std::stop_callback stop(ctx.stop_token(), [timer] { end_wait(timer); });
    // Where a cancellation that came before does not throw, it would not end the wait either.
    const bool cancelled =
        (co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none;
    if (!cancelled && !ctx.stopped()) co_await timer->async_wait(as_result);
  }
  bool woken = false;
  {
    const std::scoped_lock lock(state->mutex);
    state->timer = nullptr;
    woken = std::exchange(state->woken, false);
  }
  if (woken) co_return true;
  SN_CO_TRY(ctx.check());
  if (SteadyClock::now() >= until) co_return false;
  co_return Error(Code::cancelled, "The call was cancelled");
}

}  // namespace sensorium
