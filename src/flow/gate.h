// Gate: the queue before a limit: who may pass when. Before an engine it holds the limits of one
// credential, before the service those of one caller.
// Surprising: nobody polls. One of those who wait keeps the time for all; releases and decisions of
// shared limits wake whoever may pass. A state machine under one lock; shards meet only here.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "flow/flow_observer.h"
#include "flow/shared_limits.h"

namespace sensorium::flow {

struct GateOptions {
  std::string name;  ///< in sentences: "openai", "the key laptop"
  std::string id;    ///< the same for all processes that share it; not a secret
  std::size_t max_waiting = 1000;
  Milliseconds longest_wait = Milliseconds::max();  ///< beyond it, refused even if the deadline is later
  std::function<TimePoint()> now = [] { return SteadyClock::now(); };
  SharedLimits* shared = nullptr;  ///< outlived by the gate's users, not by the gate's calls to it
  FlowObserver* observer = nullptr;
};

class Gate;

/// The right to be inside. Gives its place back when it goes; moves, never copies.
class Permit {
 public:
  Permit() = default;
  Permit(Permit&& other) noexcept { *this = std::move(other); }
  Permit& operator=(Permit&& other) noexcept;
  ~Permit();

  /// What was really used, once known; without it the estimate counts.
  void settle(const Units& used) noexcept;
  std::chrono::microseconds waited() const noexcept { return waited_; }

 private:
  friend class Gate;
  Gate* gate_ = nullptr;
  Units taken_{}, more_{};
  std::string lease_;
  TimePoint since_{};
  std::chrono::microseconds waited_{};
};

/// Thread-safe. Outlives its permits and waiters.
class Gate {
 public:
  Gate(GateLimits limits, GateOptions options);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  /// Waits for its turn. Errors: rate_limited with the time to come back (the wait would pass the
  /// deadline), model_limit (larger than the whole limit), overloaded (queue full), cancelled.
  Task<Permit> enter(CallContext ctx, Units units, std::string caller, Lane lane);

  /// What a provider says: nothing of `unit` before `wait` is over, or only `remaining` now.
  void block(Unit unit, Milliseconds wait);
  void tighten(Unit unit, double remaining);

  std::size_t waiting(Lane lane) const;
  /// Shared limits are configured and cannot be reached: this process counts alone.
  bool degraded() const noexcept;

 private:
  friend class Permit;
  struct State;
  struct Waiter;
  class Place;
  Status join(Place& place, const CallContext& ctx);
  std::optional<TimePoint> timer_of(const Waiter& waiter) const;
  Error out_of_time(const Waiter& waiter) const;
  Task<> await_turn(CallContext ctx, Waiter& waiter);
  Permit issue(Waiter& waiter, TimePoint begin);
  void leave(Permit& permit) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace sensorium::flow
