// run_task(task): runs a task to its end on the calling thread; for tests and one-shot commands.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <vector>

#include "exec/task.h"

namespace sensorium {

namespace detail {
// co_spawn wants results that can be made from nothing; a Result cannot, so it goes into a slot.
template <class T>
boost::asio::awaitable<void> store(Task<T> task, std::optional<Result<T>>& slot) {
  slot.emplace(co_await std::move(task));
}
}  // namespace detail

/// Runs all tasks together on `io` until each has ended; results in the order of the tasks.
template <class T>
std::vector<Result<T>> run_tasks(boost::asio::io_context& io, std::vector<Task<T>> tasks) {
  std::vector<std::optional<Result<T>>> slots(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i)
    boost::asio::co_spawn(io, detail::store(std::move(tasks[i]), slots[i]), [](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
    });
  io.restart();
  io.run();
  std::vector<Result<T>> results;
  for (auto& slot : slots) results.push_back(std::move(slot).value());
  return results;
}

template <class T>
Result<T> run_task(boost::asio::io_context& io, Task<T> task) {
  std::vector<Task<T>> one;
  one.push_back(std::move(task));
  return std::move(run_tasks(io, std::move(one)).front());
}

template <class T>
Result<T> run_task(Task<T> task) {
  boost::asio::io_context io(1);
  return run_task(io, std::move(task));
}

}  // namespace sensorium
