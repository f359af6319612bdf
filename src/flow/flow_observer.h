// What the wrappers tell about their work, for metrics. Called from any shard, outside all locks.
#pragma once

#include <chrono>
#include <string_view>

#include "engine/chat_engine.h"

namespace sensorium::flow {

enum class BreakerState : std::uint8_t { closed, half_open, open };
std::string_view name(BreakerState state) noexcept;

/// Thread-safe.
class FlowObserver {
 public:
  virtual ~FlowObserver() = default;
  /// A call came, or (-1) went on, in the queue before a limit.
  virtual void waiting(Lane, int /*change*/) {}
  virtual void waited(Lane, std::chrono::microseconds) {}
  virtual void tried(std::string_view /*engine*/, std::string_view /*outcome*/) {}
  virtual void retried(std::string_view /*engine*/) {}
  virtual void breaker(std::string_view /*engine*/, BreakerState) {}
};

}  // namespace sensorium::flow
