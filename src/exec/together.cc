// Children are spawned beside the caller and counted down. One more coroutine watches the context and cancels
// them all; the caller's own cancellation reaches them only that way, so that none is ever left behind.
#include "exec/together.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <deque>
#include <optional>

#include "exec/guard.h"

namespace sensorium {
namespace asio = boost::asio;
namespace {

struct Group {
  Group(const CallContext& ctx, asio::any_io_executor executor)
      : scope(ctx), ended(std::move(executor), TimePoint::max()) {}
  StopScope scope;
  asio::steady_timer ended;
  std::deque<asio::cancellation_signal> children;
  asio::cancellation_signal watcher;
  std::size_t running = 0;
  bool watching = true;
  std::optional<Error> first;

  void fail(Error error) {
    if (first) return;
    first = std::move(error);
    scope.stop();
  }
};

asio::awaitable<void> run_one(Group& group, TaskMaker maker) {
  auto outcome = co_await maker(group.scope.context());
  if (!outcome) group.fail(std::move(outcome).error());
}

asio::awaitable<void> watch(Group& group) {
  co_await until_over(group.scope.context());
  for (auto& child : group.children) child.emit(asio::cancellation_type::terminal);
}

void start(Group& group, const asio::any_io_executor& executor, TaskMaker maker) {
  ++group.running;
  asio::co_spawn(
      executor, run_one(group, std::move(maker)),
      asio::bind_cancellation_slot(group.children.emplace_back().slot(), [&group](std::exception_ptr thrown) {
        if (--group.running == 0) group.ended.cancel();
        // A coroutine that goes on after it was cancelled is ended by asio with an exception.
        if (thrown && group.scope.context().check()) std::rethrow_exception(thrown);
      }));
}

}  // namespace

Task<> run_together(CallContext ctx, std::vector<TaskMaker> makers) {
  if (auto alive = ctx.check(); !alive) co_return std::move(alive).error();
  const auto executor = co_await asio::this_coro::executor;
  Group group(ctx, executor);
  for (auto& maker : makers) start(group, executor, std::move(maker));
  asio::co_spawn(executor, watch(group),
                 asio::bind_cancellation_slot(group.watcher.slot(), [&group](std::exception_ptr) {
                   group.watching = false;
                   group.ended.cancel();
                 }));
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto wait = [] { return asio::bind_cancellation_slot(asio::cancellation_slot(), as_result); };
  while (group.running > 0) co_await group.ended.async_wait(wait());
  group.watcher.emit(asio::cancellation_type::terminal);
  while (group.watching) co_await group.ended.async_wait(wait());
  co_await asio::this_coro::throw_if_cancelled(true);
  if (group.first) co_return std::move(*group.first);
  co_return ctx.check();
}

}  // namespace sensorium
