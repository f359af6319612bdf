// run_all(tasks): several tasks of one shard together, as many at a time as are allowed.
// Surprising: one that fails does not stop the others; cancelling the caller cancels all and waits for them.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <optional>
#include <vector>

#include "exec/guard.h"
#include "exec/task.h"

namespace sensorium {

namespace detail {
/// Takes the tasks one after another, as one of several workers that share `next`.
template <class T>
boost::asio::awaitable<void> work_off(std::vector<Task<T>>& tasks, std::size_t& next,
                                      std::vector<std::optional<Result<T>>>& slots) {
  while (next < tasks.size()) {
    const std::size_t mine = next++;
    const auto state = co_await boost::asio::this_coro::cancellation_state;
    if (state.cancelled() != boost::asio::cancellation_type::none)
      slots[mine].emplace(Error(Code::cancelled, "The call was cancelled"));
    else slots[mine].emplace(co_await std::move(tasks[mine]));
  }
}
}  // namespace detail

/// Results in the order of the tasks; a plain awaitable, since it cannot fail itself.
template <class T>
boost::asio::awaitable<std::vector<Result<T>>> run_all(std::vector<Task<T>> tasks, std::size_t at_once) {
  namespace asio = boost::asio;
  std::vector<std::optional<Result<T>>> slots(tasks.size());
  std::size_t next = 0;
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto executor = co_await asio::this_coro::executor;
  using Worker = decltype(asio::co_spawn(executor, detail::work_off(tasks, next, slots), asio::deferred));
  std::vector<Worker> workers;
  for (std::size_t i = 0; i < std::min(at_once, tasks.size()); ++i)
    workers.push_back(asio::co_spawn(executor, detail::work_off(tasks, next, slots), asio::deferred));
  if (!workers.empty())
    co_await asio::experimental::make_parallel_group(std::move(workers))
        .async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
  co_await asio::this_coro::throw_if_cancelled(throws);
  std::vector<Result<T>> results;
  for (auto& slot : slots)
    results.push_back(slot ? std::move(*slot) : Result<T>(Error(Code::cancelled, "The call was cancelled")));
  co_return results;
}

}  // namespace sensorium
