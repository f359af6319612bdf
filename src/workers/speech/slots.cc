// The turn goes to the job with the fewest chunks at work, then to the one that came first.
#include "workers/speech/slots.h"

#include <algorithm>

namespace sensorium::speech {
namespace {
constexpr Milliseconds look_again{50};  // how soon a waiting caller's departure is seen
}

unsigned Slots::running(const std::string& job) const {
  const auto found = running_.find(job);
  return found == running_.end() ? 0 : found->second;
}

bool Slots::is_next(const Waiter& waiter) {
  const unsigned limit = running(waiter.job) == 0 ? cores_ + 1 : cores_;
  if (busy_ >= limit) return false;
  const auto first = std::ranges::min_element(
      waiting_, [this](const Waiter& a, const Waiter& b) { return running(a.job) < running(b.job); });
  return &*first == &waiter;
}

Result<Slots::Held> Slots::acquire(const CallContext& ctx, const std::string& job) {
  std::unique_lock lock(mutex_);
  const auto self = waiting_.insert(waiting_.end(), Waiter{job});
  Status over;
  while (!is_next(*self) && (over = ctx.check())) changed_.wait_for(lock, look_again);
  waiting_.erase(self);
  if (!over) {
    changed_.notify_all();
    return std::move(over).error();
  }
  ++busy_;
  ++running_[job];
  State state;
  if (!idle_.empty()) {
    state = std::move(idle_.back());
    idle_.pop_back();
  }
  changed_.notify_all();
  lock.unlock();
  if (!state) {
    auto made = model_.new_state();
    if (!made) {
      give_back(job, nullptr);
      return std::move(made).error();
    }
    state = std::move(*made);
  }
  return Held(*this, job, std::move(state));
}

void Slots::give_back(const std::string& job, State state) {
  const std::lock_guard lock(mutex_);
  --busy_;
  if (const auto found = running_.find(job); found != running_.end() && --found->second == 0)
    running_.erase(found);
  if (state && idle_.size() < cores_) idle_.push_back(std::move(state));
  changed_.notify_all();
}

}  // namespace sensorium::speech
