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

void ContextCut::Stop::operator()() const {
  asio::post(executor, [cut = cut] { cut->now(); });
}

ContextCut::ContextCut(const CallContext& ctx, const asio::any_io_executor& executor,
                       asio::cancellation_slot outer)
    : cut_(std::make_shared<Cut>()),
      timer_(executor, ctx.deadline()),
      outer_(outer),
      stop_(ctx.stop_token(), Stop{cut_, executor}) {
  if (outer_.is_connected()) outer_.assign([cut = cut_](asio::cancellation_type) { cut->now(); });
  if (ctx.deadline() == TimePoint::max()) return;
  timer_.async_wait([cut = cut_](const boost::system::error_code& error) {
    if (!error) cut->now();
  });
}

ContextCut::~ContextCut() { outer_.clear(); }

Task<> sleep_for(CallContext ctx, Milliseconds time) {
  const CallContext nap = ctx.with_timeout(time);
  co_await until_over(nap);
  co_return ctx.check();
}

}  // namespace sensorium
