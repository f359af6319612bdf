// What limits, retries and breakers do, as metrics.
#pragma once

#include <array>
#include <atomic>

#include "flow/flow_observer.h"
#include "service/metrics.h"

namespace sensorium::service {

/// Thread-safe.
class FlowMetrics final : public flow::FlowObserver {
 public:
  explicit FlowMetrics(Metrics& metrics) : metrics_(metrics) {}
  void waiting(Lane lane, int change) override;
  void waited(Lane lane, std::chrono::microseconds time) override;
  void tried(std::string_view engine, std::string_view outcome) override;
  void retried(std::string_view engine) override;
  void breaker(std::string_view engine, flow::BreakerState state) override;

 private:
  Metrics& metrics_;
  std::array<std::atomic<int>, 2> depth_{};
};

}  // namespace sensorium::service
