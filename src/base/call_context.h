// CallContext: who asked, until when, and whether they still care. The first parameter of all work.
// Surprising: a child can only shorten its parent's deadline, and stopping a parent stops all
// children; the reverse needs a StopScope.
#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>

#include "base/result.h"

namespace sensorium {

using SteadyClock = std::chrono::steady_clock;
using TimePoint = SteadyClock::time_point;
using Milliseconds = std::chrono::milliseconds;

/// Cheap to copy; immutable, so safe to share between threads.
class CallContext {
 public:
  /// A context with no deadline that nobody can stop; for start-up code and tests.
  CallContext() = default;
  CallContext(std::string request_id, TimePoint deadline, std::stop_token stop);

  /// The same call with at most `limit` from now on.
  CallContext with_timeout(Milliseconds limit) const;
  /// The same call, also stopped by `stop`; `stop` must come from a source that the parent stops.
  CallContext with_stop(std::stop_token stop) const;

  TimePoint deadline() const noexcept { return deadline_; }
  Milliseconds remaining() const noexcept;
  const std::stop_token& stop_token() const noexcept { return stop_; }
  bool stopped() const noexcept { return stop_.stop_requested(); }
  const std::string& request_id() const noexcept;

  /// `cancelled` or `deadline_exceeded` when the work should end now. Poll it in long loops.
  Status check() const;

 private:
  std::shared_ptr<const std::string> request_id_;
  TimePoint deadline_ = TimePoint::max();
  std::stop_token stop_;
};

/// A stop source chained to a parent context: stops when the parent stops, or on its own.
class StopScope {
 public:
  explicit StopScope(const CallContext& parent)
      : chain_(parent.stop_token(), Forward{&source_}), context_(parent.with_stop(source_.get_token())) {}
  StopScope(const StopScope&) = delete;
  StopScope& operator=(const StopScope&) = delete;

  const CallContext& context() const noexcept { return context_; }
  void stop() noexcept { source_.request_stop(); }

 private:
  struct Forward {
    std::stop_source* source;
    void operator()() const noexcept { source->request_stop(); }
  };
  std::stop_source source_;
  std::stop_callback<Forward> chain_;
  CallContext context_;
};

}  // namespace sensorium
