// Breaker: whether an engine is worth asking. Opens when most calls of half a minute failed or were slow,
// or several in a row found nobody; lets one probe through after a pause that grows.
// Surprising: it judges whole calls with their repeats, not single tries: an engine that repeats can live
// with is not left alone.
#pragma once

#include <array>
#include <mutex>
#include <optional>
#include <string>

#include "flow/flow_observer.h"

namespace sensorium::flow {

struct BreakerPolicy {
  int least_calls = 20;  ///< in the window, before shares mean anything
  double failed_share = 0.6, slow_share = 0.8;
  int nobody_in_a_row = 5;
  Milliseconds slow_after{30'000};  ///< a first token later than this is slow
  Milliseconds first_pause{5000}, longest_pause{60'000};
  Milliseconds hold{60'000};  ///< after a refusal for money or a bad key
};

enum class CallEnd : std::uint8_t {
  good,
  slow,
  failed,
  nobody,   ///< no connection, or no word on it
  refused,  ///< for good: money, a bad key; says nothing about its health
  neutral,  ///< says nothing about the engine
};

/// For all shards. Thread-safe.
class Breaker {
 public:
  /// `name` is that of an engine or a model, for sentences.
  Breaker(std::string name, BreakerPolicy policy);

  enum class Kind : bool { ordinary, probe };
  /// What may be done now: a call of this kind, or (nullopt) none; then wait() says for how long.
  std::optional<Kind> admit(TimePoint now);
  Milliseconds wait(TimePoint now) const;
  void record(TimePoint now, Kind kind, CallEnd end);
  BreakerState state() const;
  const std::string& name() const noexcept { return name_; }

 private:
  static constexpr std::chrono::seconds slot_length{3};
  static constexpr std::size_t slot_count = 10;
  struct Slot {
    std::int64_t number = -1;
    int calls = 0, failed = 0, slow = 0;
  };
  Slot& slot_at(TimePoint now);
  bool too_bad(TimePoint now);
  void open(TimePoint now, Milliseconds pause);
  void close();
  void count(TimePoint now, CallEnd end);

  const std::string name_;
  const BreakerPolicy policy_;
  mutable std::mutex mutex_;
  BreakerState state_ = BreakerState::closed;
  std::array<Slot, slot_count> slots_;
  int nobody_ = 0;
  TimePoint until_{};
  Milliseconds pause_{};
  bool probing_ = false;
};

}  // namespace sensorium::flow
