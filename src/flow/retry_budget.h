// RetryBudget: repeats within a sliding minute never exceed first attempts, so that an outage is not
// multiplied. Surprising: a few repeats are free, else a single question could never be repeated twice.
#pragma once

#include <array>
#include <mutex>

#include "base/call_context.h"

namespace sensorium::flow {

/// One per engine, for all shards. Thread-safe.
class RetryBudget {
 public:
  /// `free_repeats` are allowed within the window whatever else happens.
  explicit RetryBudget(int free_repeats) : free_(free_repeats) {}
  void first_attempt(TimePoint now);
  /// False: no more now. True counts the repeat.
  bool may_repeat(TimePoint now);

 private:
  static constexpr std::chrono::seconds slot_length{6};
  static constexpr std::size_t slot_count = 10;
  struct Slot {
    std::int64_t number = -1, firsts = 0, repeats = 0;
  };
  Slot& slot_at(TimePoint now);

  const int free_;
  std::mutex mutex_;
  std::array<Slot, slot_count> slots_;
};

}  // namespace sensorium::flow
