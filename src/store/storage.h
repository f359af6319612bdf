// Storage: the database of a process: one file, one thread that writes in batches, one that reads; all of
// it begun at the first use.
// Surprising: it never fails a caller. What cannot be written is dropped with a warning (at most one a
// minute), and opening is tried again after a while: the disk may have room then.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "exec/cpu_pool.h"
#include "store/database.h"

namespace sensorium::store {

/// Thread-safe. Destruction writes what is queued.
class Storage {
 public:
  /// Nothing is opened yet. `schema` may run again on what is there.
  Storage(std::string path, std::string schema);
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  using Work = std::move_only_function<Status(Database&)>;
  /// Queues `work` for the writing thread, which runs a batch in one transaction some 20 ms later. False
  /// when the queue is full (4,096) and the work was dropped.
  bool write(Work work);
  /// Runs `look` on the reading thread. Errors: of `look`, of opening.
  template <class Look>
  auto read(CallContext ctx, Look look) -> Task<typename std::invoke_result_t<Look&, Database&>::value_type>;
  /// Blocking: everything queued before is on disk, or was dropped.
  void flush();
  const std::string& path() const noexcept { return path_; }

 private:
  /// A connection of one thread.
  struct Connection {
    std::unique_ptr<Database> database;
    unsigned generation = 0;
    TimePoint not_before{};  ///< do not try to open earlier
    std::optional<Error> error;
  };
  Result<Database*> connect(Connection& connection);
  /// A damaged file is left behind, by both threads.
  void judge(Connection& connection);
  void write_loop();
  void write_batch(std::deque<Work>& batch);
  void warn(const Error& error);
  CpuPool& reader();

  const std::string path_, schema_;
  std::mutex opening_;                   ///< one thread at a time opens or sets aside
  std::atomic<unsigned> generation_{1};  ///< of the file: raised when one was set aside
  std::atomic<std::int64_t> warned_at_{0};

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> queue_;
  bool writing_ = false, closing_ = false, hurry_ = false;
  std::optional<std::thread> writer_;
  std::unique_ptr<CpuPool> reader_;

  Connection for_writing_, for_reading_;
};

template <class Look>
auto Storage::read(CallContext ctx, Look look)
    -> Task<typename std::invoke_result_t<Look&, Database&>::value_type> {
  using R = std::invoke_result_t<Look&, Database&>;
  co_return co_await reader().run(ctx, [this, &look](const CallContext&) -> R {
    auto database = connect(for_reading_);
    if (!database) return std::move(database).error();
    R found = look(**database);
    if (!found) judge(for_reading_);
    return found;
  });
}

}  // namespace sensorium::store
