// Three states, a ring of slots of three seconds.
#include "flow/breaker.h"

#include <algorithm>

namespace sensorium::flow {
namespace {

constexpr Milliseconds while_probing{250};  // what others wait for while a probe is out

}  // namespace

std::string_view name(BreakerState state) noexcept {
  switch (state) {
    case BreakerState::half_open:
      return "half open";
    case BreakerState::open:
      return "open";
    case BreakerState::closed:
      break;
  }
  return "closed";
}

Breaker::Breaker(std::string name, BreakerPolicy policy)
    : name_(std::move(name)), policy_(policy), pause_(policy.first_pause) {}

std::optional<Breaker::Kind> Breaker::admit(TimePoint now) {
  const std::scoped_lock lock(mutex_);
  if (state_ == BreakerState::open && now >= until_) state_ = BreakerState::half_open;
  if (state_ == BreakerState::closed) return Kind::ordinary;
  if (state_ == BreakerState::open || std::exchange(probing_, true)) return std::nullopt;
  return Kind::probe;
}

Milliseconds Breaker::wait(TimePoint now) const {
  const std::scoped_lock lock(mutex_);
  if (state_ != BreakerState::open) return while_probing;
  return std::max(std::chrono::ceil<Milliseconds>(until_ - now), while_probing);
}

BreakerState Breaker::state() const {
  const std::scoped_lock lock(mutex_);
  return state_;
}

Breaker::Slot& Breaker::slot_at(TimePoint now) {
  const auto number = now.time_since_epoch() / slot_length;
  Slot& slot = slots_[static_cast<std::size_t>(number) % slot_count];
  if (slot.number != number) slot = {.number = number};
  return slot;
}

bool Breaker::too_bad(TimePoint now) {
  if (nobody_ >= policy_.nobody_in_a_row) return true;
  const auto current = slot_at(now).number;
  int calls = 0, failed = 0, slow = 0;
  for (const Slot& slot : slots_) {
    if (slot.number <= current - static_cast<std::int64_t>(slot_count)) continue;
    calls += slot.calls;
    failed += slot.failed;
    slow += slot.slow;
  }
  if (calls < policy_.least_calls) return false;
  return failed >= policy_.failed_share * calls || slow + failed >= policy_.slow_share * calls;
}

void Breaker::open(TimePoint now, Milliseconds pause) {
  state_ = BreakerState::open;
  until_ = now + pause;
}

void Breaker::close() {
  state_ = BreakerState::closed;
  slots_.fill({});
  nobody_ = 0;
  pause_ = policy_.first_pause;
}

void Breaker::count(TimePoint now, CallEnd end) {
  Slot& slot = slot_at(now);
  ++slot.calls;
  slot.failed += end == CallEnd::failed || end == CallEnd::nobody ? 1 : 0;
  slot.slow += end == CallEnd::slow ? 1 : 0;
  nobody_ = end == CallEnd::nobody ? nobody_ + 1 : 0;
}

void Breaker::record(TimePoint now, Kind kind, CallEnd end) {
  const std::scoped_lock lock(mutex_);
  const bool says_nothing = end == CallEnd::neutral || end == CallEnd::refused;
  if (kind == Kind::probe) {
    probing_ = false;
    if (end == CallEnd::good || end == CallEnd::slow) return close();
    if (says_nothing) return;
    pause_ = std::min(pause_ * 2, policy_.longest_pause);
    return open(now, pause_);
  }
  if (state_ != BreakerState::closed || says_nothing) return;
  count(now, end);
  if (too_bad(now)) open(now, pause_);
}

}  // namespace sensorium::flow
