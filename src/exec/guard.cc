// The bridge from stop tokens and deadlines to asio cancellation: one timer and one stop callback.
#include "exec/guard.h"

namespace sensorium {
namespace asio = boost::asio;

asio::awaitable<void> until_over(CallContext ctx) {
  auto executor = co_await asio::this_coro::executor;
  // Shared with the posted cancel, which may run after this coroutine has ended.
  auto timer = std::make_shared<asio::steady_timer>(executor, ctx.deadline());
  std::stop_callback bridge(ctx.stop_token(), [timer, executor] {
    asio::post(executor, [timer] { timer->expires_at(TimePoint::min()); });
  });
  if (ctx.stopped()) co_return;
  co_await timer->async_wait(as_result);
}

Task<> sleep_for(CallContext ctx, Milliseconds time) {
  const CallContext nap = ctx.with_timeout(time);
  co_await until_over(nap);
  co_return ctx.check();
}

}  // namespace sensorium
