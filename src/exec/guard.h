// guarded(ctx, task): runs a task until its context's deadline or stop, whichever comes first.
// Surprising: the loser is cancelled and waited for, so locals the task refers to stay valid; put
// one guard around a whole upstream call, not one around each chunk (4.5 microseconds each).
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "exec/task.h"

namespace sensorium {

/// Awaitable completion token whose operations give (error_code, ...) instead of throwing.
inline constexpr auto as_result = boost::asio::as_tuple(boost::asio::use_awaitable);

/// Returns when `ctx` is stopped or its deadline has passed; thread-safe towards the stop source.
boost::asio::awaitable<void> until_over(CallContext ctx);

/// Sleeps; returns early with an Error when `ctx` ends first.
Task<> sleep_for(CallContext ctx, Milliseconds time);

/// The result of `task`, or `cancelled` / `deadline_exceeded` once `ctx` ends.
template <class T>
Task<T> guarded(CallContext ctx, Task<T> task) {
  using namespace boost::asio::experimental::awaitable_operators;
  if (auto alive = ctx.check(); !alive) co_return std::move(alive).error();
  auto outcome = co_await (std::move(task) || until_over(ctx));
  if (outcome.index() == 0) co_return std::get<0>(std::move(outcome));
  auto over = ctx.check();
  co_return over ? Error(Code::cancelled, "The call was cancelled") : std::move(over).error();
}

}  // namespace sensorium
