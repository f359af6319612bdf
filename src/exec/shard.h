// Shard: one thread, one event loop. A request lives on one shard from first to last byte.
// Surprising: shards share nothing; whatever is per shard (connection pools, resolvers) is kept in
// objects created on it, and code running on a shard must never block.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "exec/task.h"

namespace sensorium {

/// One event loop on its own thread.
class Shard {
 public:
  explicit Shard(unsigned index);
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  unsigned index() const noexcept { return index_; }
  boost::asio::io_context& io() noexcept { return io_; }
  /// Runs `work` on the shard's thread, soon. Any thread; dropped when the loop ends first.
  void post(std::move_only_function<void()> work);
  /// Starts the thread; call once.
  void start();
  /// Lets the loop end when its work is done; `stop_now` drops what still runs.
  void finish();
  void stop_now();
  void join();

 private:
  unsigned index_;
  boost::asio::io_context io_{1};
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
  std::thread thread_;
};

}  // namespace sensorium
