// In integers of nanoseconds, so that it is exact over years of running.
#include "flow/gcra.h"

#include <algorithm>
#include <cmath>

namespace sensorium::flow {
namespace {

constexpr double minute_ns = 60e9, strict_minute_ns = 61e9;
constexpr std::int64_t burst_share = 64;

}  // namespace

Rate strict_rate(std::int64_t per_minute) noexcept {
  // n units spaced by T after a burst of b span (n - b) T. To fit at most `limit` into a minute and the
  // second of travel: (limit + 1 - b) T >= 61 s.
  const auto limit = static_cast<double>(std::max<std::int64_t>(per_minute, 1));
  const auto burst = static_cast<double>(std::max<std::int64_t>(per_minute / burst_share, 1));
  return {strict_minute_ns / (limit + 1 - burst), burst, limit};
}

Rate bucket_rate(std::int64_t per_minute) noexcept {
  const auto limit = static_cast<double>(std::max<std::int64_t>(per_minute, 1));
  return {minute_ns / limit, limit, limit};
}

Nanoseconds Gcra::span(double units) const noexcept {
  constexpr double longest = 365.0 * 86'400e9;
  return Nanoseconds(std::llround(std::clamp(units * rate_.interval_ns, -longest, longest)));
}

Nanoseconds Gcra::wait(TimePoint now, double units) const noexcept { return wait_behind(now, 0, units); }

Nanoseconds Gcra::wait_behind(TimePoint now, double ahead, double units) const noexcept {
  const TimePoint due = std::max(due_, now) + span(ahead);
  const TimePoint free = due - span(std::max(rate_.burst - units, 0.0));
  return std::max(std::max(free, blocked_) - now, Nanoseconds(0));
}

void Gcra::take(TimePoint now, double units) noexcept { due_ = std::max(due_, now) + span(units); }

void Gcra::block_until(TimePoint time) noexcept { blocked_ = std::max(blocked_, time); }

void Gcra::tighten(TimePoint now, double units) noexcept {
  due_ = std::max(due_, now + span(rate_.burst - std::clamp(units, 0.0, rate_.burst)));
}

}  // namespace sensorium::flow
