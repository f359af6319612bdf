// guarded(ctx, task): runs a task until its context's deadline or stop, whichever comes first.
// Surprising: the task is cancelled and waited for, so locals it refers to stay valid; put one guard around a
// whole upstream call, not one around each chunk.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "exec/task.h"

namespace sensorium {

/// Awaitable completion token whose operations give (error_code, ...) instead of throwing.
inline constexpr auto as_result = boost::asio::as_tuple(boost::asio::use_awaitable);

/// Returns when `ctx` is stopped or its deadline has passed; thread-safe towards the stop source.
boost::asio::awaitable<void> until_over(CallContext ctx);

/// Sleeps; returns early with an Error when `ctx` ends first.
Task<> sleep_for(CallContext ctx, Milliseconds time);

/// Cuts a running coroutine short, once. Shared with the handlers that may fire after it has ended; for one
/// shard's thread only.
class Cut {
 public:
  void now() {
    if (std::exchange(made_, true)) return;
    signal_.emit(boost::asio::cancellation_type::terminal);
  }
  bool made() const noexcept { return made_; }
  boost::asio::cancellation_slot slot() noexcept { return signal_.slot(); }

 private:
  boost::asio::cancellation_signal signal_;
  bool made_ = false;
};

/// `task` as a coroutine that `cut` ends. Asio throws where a cancelled coroutine awaits again: that becomes
/// Error(cancelled).
template <class T>
Task<T> cuttable(Cut& cut, Task<T> task) {
  try {
    co_return co_await boost::asio::co_spawn(
        co_await boost::asio::this_coro::executor, std::move(task),
        boost::asio::bind_cancellation_slot(cut.slot(), boost::asio::use_awaitable));
  } catch (const boost::system::system_error&) {
    if (!cut.made()) throw;
  }
  co_return Error(Code::cancelled, "The call was cancelled");
}

/// What cuts a task for its context: the deadline, the stop token, and the cancellation of whoever awaits it.
class ContextCut {
 public:
  ContextCut(const CallContext& ctx, const boost::asio::any_io_executor& executor,
             boost::asio::cancellation_slot outer);
  ~ContextCut();
  ContextCut(const ContextCut&) = delete;
  ContextCut& operator=(const ContextCut&) = delete;
  Cut& cut() noexcept { return *cut_; }

 private:
  struct Stop {
    std::shared_ptr<Cut> cut;
    boost::asio::any_io_executor executor;
    void operator()() const;
  };
  std::shared_ptr<Cut> cut_;
  boost::asio::steady_timer timer_;
  boost::asio::cancellation_slot outer_;
  std::stop_callback<Stop> stop_;
};

/// The result of `task`, or `cancelled` / `deadline_exceeded` once `ctx` ends.
template <class T>
Task<T> guarded(CallContext ctx, Task<T> task) {
  if (auto alive = ctx.check(); !alive) co_return std::move(alive).error();
  {
    ContextCut end(ctx, co_await boost::asio::this_coro::executor,
                   (co_await boost::asio::this_coro::cancellation_state).slot());
    auto result = co_await cuttable(end.cut(), std::move(task));
    if (!end.cut().made()) co_return result;
  }
  auto over = ctx.check();
  co_return over ? Error(Code::cancelled, "The call was cancelled") : std::move(over).error();
}

}  // namespace sensorium
