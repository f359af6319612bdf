// Storage: the two threads and what they do when the file fails them.
#include "store/storage.h"

#include "base/log.h"

namespace sensorium::store {
namespace {

constexpr std::size_t longest_queue = 4096, largest_batch = 1024, reads_waiting = 256;
constexpr Milliseconds batch_window{20}, try_again_after{30'000};
constexpr std::chrono::seconds between_warnings{60};

}  // namespace

Storage::Storage(std::string path, std::string schema) : path_(std::move(path)), schema_(std::move(schema)) {}

Storage::~Storage() {
  {
    const std::scoped_lock lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  if (writer_) writer_->join();
}

bool Storage::write(Work work) {
  const std::scoped_lock lock(mutex_);
  if (closing_ || queue_.size() >= longest_queue) return false;
  queue_.push_back(std::move(work));
  if (!writer_) writer_.emplace([this] { write_loop(); });
  else if (queue_.size() == 1) changed_.notify_all();
  return true;
}

void Storage::flush() {
  std::unique_lock lock(mutex_);
  hurry_ = true;
  changed_.notify_all();
  changed_.wait(lock, [this] { return queue_.empty() && !writing_; });
  hurry_ = false;
}

CpuPool& Storage::reader() {
  const std::scoped_lock lock(mutex_);
  if (!reader_) reader_ = std::make_unique<CpuPool>(1, reads_waiting);
  return *reader_;
}

void Storage::write_loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return closing_ || !queue_.empty(); });
    if (queue_.empty()) return;
    // Company for the first one: a transaction costs the same for one as for a hundred.
    changed_.wait_for(lock, batch_window,
                      [this] { return closing_ || hurry_ || queue_.size() >= largest_batch; });
    std::deque<Work> batch;
    batch.swap(queue_);
    writing_ = true;
    lock.unlock();
    write_batch(batch);
    batch.clear();
    lock.lock();
    writing_ = false;
    changed_.notify_all();
  }
}

void Storage::write_batch(std::deque<Work>& batch) {
  auto database = connect(for_writing_);
  if (!database) return warn(database.error());
  // One work that fails must not take the others with it.
  std::optional<Error> failed;
  const Status done = (*database)->transaction([&]() -> Status {
    for (Work& work : batch) {
      if (auto one = work(**database); !one) {
        failed = std::move(one).error();
        if ((*database)->damaged()) return Error(*failed);
      }
    }
    return {};
  });
  if (!done && !failed) failed = done.error();
  if (!failed) return;
  warn(*failed);
  judge(for_writing_);
}

Result<Database*> Storage::connect(Connection& connection) {
  const std::scoped_lock lock(opening_);
  if (connection.database && connection.generation == generation_) return connection.database.get();
  connection.database.reset();
  if (connection.error && SteadyClock::now() < connection.not_before) return Error(*connection.error);
  auto opened = Database::open(path_, schema_.c_str());
  if (!opened) {
    connection.error = std::move(opened).error();
    connection.not_before = SteadyClock::now() + try_again_after;
    return Error(*connection.error);
  }
  connection.error.reset();
  if ((*opened)->replaced()) ++generation_;
  connection.generation = generation_;
  connection.database = std::move(*opened);
  return connection.database.get();
}

void Storage::judge(Connection& connection) {
  const std::scoped_lock lock(opening_);
  if (!connection.database || !connection.database->damaged()) return;
  connection.database.reset();
  if (connection.generation != generation_) return;  // the other thread has set it aside
  set_aside(path_, "found while it was used");
  ++generation_;
}

void Storage::warn(const Error& error) {
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(SteadyClock::now().time_since_epoch());
  std::int64_t last = warned_at_;
  if (last != 0 && now.count() - last < between_warnings.count()) return;
  if (!warned_at_.compare_exchange_strong(last, now.count())) return;
  log::warning("store", sentence(error) + " The service goes on without keeping anything");
}

}  // namespace sensorium::store
