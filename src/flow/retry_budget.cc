// A ring of slots of six seconds.
#include "flow/retry_budget.h"

#include <algorithm>

namespace sensorium::flow {

RetryBudget::Slot& RetryBudget::slot_at(TimePoint now) {
  const auto number = now.time_since_epoch() / slot_length;
  Slot& slot = slots_[static_cast<std::size_t>(number) % slot_count];
  if (slot.number != number) slot = {.number = number};
  return slot;
}

void RetryBudget::first_attempt(TimePoint now) {
  const std::scoped_lock lock(mutex_);
  ++slot_at(now).firsts;
}

bool RetryBudget::may_repeat(TimePoint now) {
  const std::scoped_lock lock(mutex_);
  Slot& current = slot_at(now);
  std::int64_t firsts = 0, repeats = 0;
  for (const Slot& slot : slots_) {
    if (slot.number <= current.number - static_cast<std::int64_t>(slot_count)) continue;
    firsts += slot.firsts;
    repeats += slot.repeats;
  }
  if (repeats >= std::max<std::int64_t>(firsts, free_)) return false;
  ++current.repeats;
  return true;
}

}  // namespace sensorium::flow
