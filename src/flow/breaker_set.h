// BreakerSet: the breakers of one engine: one for its line (is anybody there?) and one for each model, since
// providers lose single models. Surprising: refusals for money or a bad key hold an engine back for a minute,
// but only where another one can be asked instead.
#pragma once

#include <map>
#include <memory>

#include "flow/breaker.h"

namespace sensorium::flow {

/// One per engine, for all shards. Thread-safe.
class BreakerSet {
 public:
  BreakerSet(std::string engine, BreakerPolicy policy, FlowObserver* observer);

  Breaker& line() noexcept { return line_; }
  /// Beyond 256 models they share one.
  Breaker& of(const std::string& model);
  /// Called after a call: tells the worst state of all where it has changed.
  void tell();
  void hold(TimePoint until);
  bool held(TimePoint now) const;
  const std::string& engine() const noexcept { return engine_; }
  const BreakerPolicy& policy() const noexcept { return policy_; }

 private:
  const std::string engine_;
  const BreakerPolicy policy_;
  FlowObserver* const observer_;
  Breaker line_;
  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Breaker>> models_;
  BreakerState told_ = BreakerState::closed;
  TimePoint held_until_{};
};

}  // namespace sensorium::flow
