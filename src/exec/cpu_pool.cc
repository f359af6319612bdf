// CpuPool: one mutex, one queue; a job is milliseconds long, so the lock is not felt.
#include "exec/cpu_pool.h"

#include <algorithm>

namespace sensorium {

CpuPool::CpuPool(unsigned threads, std::size_t queue_limit, std::function<void()> thread_exit)
    : queue_limit_(queue_limit), thread_exit_(std::move(thread_exit)) {
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work_loop(); });
}

CpuPool::~CpuPool() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  ready_.notify_all();
}

bool CpuPool::submit(Job job) {
  {
    std::lock_guard lock(mutex_);
    if (closing_ || queue_.size() >= queue_limit_) return false;
    queue_.push_back(std::move(job));
  }
  ready_.notify_one();
  return true;
}

std::size_t CpuPool::waiting() const {
  std::lock_guard lock(mutex_);
  return queue_.size();
}

void CpuPool::work_loop() {
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [this] { return closing_ || !queue_.empty(); });
      if (queue_.empty()) break;
      job = std::move(queue_.front());
      queue_.pop_front();
    }
    job();
  }
  if (thread_exit_) thread_exit_();
}

Error pool_full() {
  return Error(Code::overloaded, "All media workers are busy and their queue is full",
               "Try again in a second, or lower the number of parallel requests")
      .after(Milliseconds(1000));
}

}  // namespace sensorium
