// The state machine of a Gate: events in, who to wake out. All of it runs under the gate's lock.
#pragma once

#include <mutex>
#include <vector>

#include "exec/waker.h"
#include "flow/fair_queue.h"
#include "flow/gate.h"

namespace sensorium::flow {

struct Gate::Waiter {
  Units units{};
  std::string caller;
  Lane lane = Lane::interactive;
  std::string lease;
  Milliseconds hold{};
  Waker wake;
  bool granted = false;
};

/// What an event led to, to be done after the lock is gone.
struct GateEffects {
  std::vector<Waker> wake;
};

struct Gate::State {
  State(GateLimits given, GateOptions how);

  std::mutex mutex;
  GateLimits limits;
  GateOptions options;
  std::array<std::optional<Gcra>, unit_count> rates;
  std::int64_t inside = 0;
  FairQueue<Waiter> queue;
  Waiter* keeper = nullptr;           ///< whose timer runs for all
  Waiter* deciding = nullptr;         ///< for whom the shared limits are asked
  bool asking = false;                ///< a decision is under way, perhaps for one that left
  TimePoint next = TimePoint::max();  ///< when the head may pass, as far as is known
  Waiter* refused = nullptr;          ///< the head that the shared limits last sent back,
  TimePoint refused_until{};          ///< and until when
  TimePoint alone_until{};            ///< the shared limits failed: decide alone for a while
  double mean_stay_ns = 0;            ///< how long permits are held, for the expected wait
  const std::string lease_prefix;
  std::uint64_t next_lease = 0;

  // Each wants the lock held.
  Nanoseconds local_wait(const Units& units, TimePoint now) const;
  Nanoseconds expected_wait(const Waiter& waiter, TimePoint now) const;
  Status check_size(const Units& units) const;
  void take(Waiter& waiter, TimePoint now);
  void grant(Waiter& waiter, GateEffects& effects);
  /// Lets in whoever may pass now and sees to it that somebody keeps the time. Returns whom to ask the
  /// shared limits for, or null.
  Waiter* advance(GateEffects& effects);
  void keep_time(GateEffects& effects);
  void forget(Waiter& waiter);
  void give_back(const Units& units);
  bool ask_others(TimePoint now) const noexcept;

  // Each takes the lock.
  void pump();
  void decided(const std::string& lease, const Units& units, Result<Decision> decision);

  void ask_shared(const Waiter& copy);
  void return_shared(const Units& units, const std::string& lease);
  void perform(const GateEffects& effects);
};

}  // namespace sensorium::flow
