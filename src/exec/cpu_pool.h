// CpuPool: the bounded pool where blocking and CPU work runs, so that no shard ever blocks.
// Surprising: awaiting run() is not cut short by cancellation: the function must poll its context,
// because it works on data that the awaiting coroutine owns. A full queue is `overloaded` at once.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "exec/task.h"

namespace sensorium {

/// Thread-safe. Destruction finishes what was accepted.
class CpuPool {
 public:
  using Job = std::move_only_function<void()>;

  /// `threads` 0 means one per core. `queue_limit` counts jobs that wait, not those that run.
  /// `thread_exit` runs at the end of each thread (libvips wants to be told).
  explicit CpuPool(unsigned threads = 0, std::size_t queue_limit = 256,
                   std::function<void()> thread_exit = {});
  ~CpuPool();
  CpuPool(const CpuPool&) = delete;
  CpuPool& operator=(const CpuPool&) = delete;

  /// Runs `work(ctx)` on a pool thread and resumes on the caller's executor with its Result.
  template <class Work>
  auto run(CallContext ctx, Work work)
      -> boost::asio::awaitable<std::invoke_result_t<Work&, const CallContext&>>;

  /// False when the queue is full.
  bool submit(Job job);

  std::size_t waiting() const;
  std::size_t threads() const noexcept { return threads_.size(); }

 private:
  void work_loop();

  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Job> queue_;
  std::size_t queue_limit_;
  bool closing_ = false;
  std::function<void()> thread_exit_;
  std::vector<std::jthread> threads_;
};

/// The error of a full pool, with a hint when to come back.
Error pool_full();

template <class Work>
auto CpuPool::run(CallContext ctx, Work work)
    -> boost::asio::awaitable<std::invoke_result_t<Work&, const CallContext&>> {
  using R = std::invoke_result_t<Work&, const CallContext&>;
  if (auto alive = ctx.check(); !alive) co_return std::move(alive).error();
  std::optional<R> result;
  const bool accepted =
      co_await boost::asio::async_initiate<decltype(boost::asio::use_awaitable), void(bool)>(
          [&](auto handler) {
            auto executor = boost::asio::get_associated_executor(handler);
            auto shared = std::make_shared<decltype(handler)>(std::move(handler));
            auto finish = [executor, shared](bool value) {
              boost::asio::post(executor, [shared, value]() mutable { std::move (*shared)(value); });
            };
            // NOTE [Posting last]: post() still touches the loop after it woke it, so the loop must not end,
            // and with it perhaps its owner, until this job is gone.
            const bool queued =
                submit([&result, &ctx, &work, finish, hold = boost::asio::make_work_guard(executor)] {
                  if (auto still = ctx.check(); still) result.emplace(work(ctx));
                  else result.emplace(R(std::move(still).error()));
                  finish(true);
                });
            if (!queued) finish(false);
          },
          boost::asio::use_awaitable);
  if (!accepted) co_return pool_full();
  co_return std::move(*result);
}

}  // namespace sensorium
