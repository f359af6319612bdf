// GCRA: the generic cell rate algorithm (ITU-T I.371): a rate limit in one number, the time at which the
// next request would be due if all came evenly spaced.
// Surprising: two shapes. `strict_rate` never lets a limit per minute be passed in any minute, not even
// when requests are delayed on their way, and pays with a little of the rate; `bucket_rate` lets a whole
// minute's worth pass at once, as callers expect of their own limit.
#pragma once

#include "base/call_context.h"

namespace sensorium::flow {

using Nanoseconds = std::chrono::nanoseconds;

/// `interval` of time per unit; `burst` units may pass at once after a pause.
struct Rate {
  double interval_ns = 0;
  double burst = 1;
  double per_minute = 0;  ///< the limit that it was made from; 0: none
};

/// For limits that somebody else enforces: at most `per_minute` units reach them in any minute, even if
/// some of them travel for up to a second. Sustains 97 % of large limits.
Rate strict_rate(std::int64_t per_minute) noexcept;
/// For limits that we enforce: a bucket that holds a minute's worth.
Rate bucket_rate(std::int64_t per_minute) noexcept;

/// Not thread-safe. Units may be requests, tokens, seconds.
class Gcra {
 public:
  explicit Gcra(Rate rate) : rate_(rate) {}

  /// How long until `units` may pass; zero: they may now. More than the burst passes when all is free.
  Nanoseconds wait(TimePoint now, double units) const noexcept;
  /// The same if `ahead` units passed first.
  Nanoseconds wait_behind(TimePoint now, double ahead, double units) const noexcept;
  void take(TimePoint now, double units) noexcept;
  /// Units that were used beyond those taken, or (negative) not used after all.
  void adjust(double units) noexcept { due_ += span(units); }
  /// Nothing passes before `time`.
  void block_until(TimePoint time) noexcept;
  /// Somebody who knows says that only `units` may pass now.
  void tighten(TimePoint now, double units) noexcept;
  const Rate& rate() const noexcept { return rate_; }

 private:
  Nanoseconds span(double units) const noexcept;
  Rate rate_;
  TimePoint due_{};  ///< the epoch, not the least time: it is added to
  TimePoint blocked_{};
};

}  // namespace sensorium::flow
