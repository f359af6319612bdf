// A timer that never ends by itself is the bed; ringing cancels it.
#include "exec/wakeup.h"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <exception>

#include "exec/guard.h"

namespace sensorium {
namespace asio = boost::asio;

struct Wakeup::Bell {
  explicit Bell(const asio::any_io_executor& executor) : timer(executor, TimePoint::max()) {}
  asio::steady_timer timer;
  std::atomic<bool> rung = false;
};

asio::awaitable<Wakeup> Wakeup::here() {
  co_return Wakeup(std::make_shared<Bell>(co_await asio::this_coro::executor));
}

void Wakeup::ring() const {
  if (bell_->rung.exchange(true)) return;
  asio::dispatch(bell_->timer.get_executor(), [bell = bell_] { bell->timer.cancel(); });
}

asio::awaitable<bool> Wakeup::sleep() const {
  while (!bell_->rung.exchange(false)) {
    if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
      co_return false;
    // A ring that was heard already may still cancel this wait: look again.
    co_await bell_->timer.async_wait(as_result);
  }
  co_return true;
}

asio::awaitable<void> outlive_cancellation() { co_await asio::this_coro::throw_if_cancelled(false); }

asio::awaitable<void> ignore_cancellation() {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
}

namespace {
asio::awaitable<void> run_alone(Task<> work) { static_cast<void>(co_await std::move(work)); }
}  // namespace

asio::awaitable<void> start_here(Task<> work) {
  asio::co_spawn(co_await asio::this_coro::executor, run_alone(std::move(work)),
                 [](std::exception_ptr failure) {
                   if (failure) std::rethrow_exception(failure);
                 });
}

}  // namespace sensorium
