// Names and labels of CONTRACT section 4.
#include "service/flow_metrics.h"

namespace sensorium::service {
namespace {

std::string_view lane_name(Lane lane) noexcept { return lane == Lane::interactive ? "interactive" : "bulk"; }

}  // namespace

void FlowMetrics::waiting(Lane lane, int change) {
  const int depth = depth_[static_cast<std::size_t>(lane)].fetch_add(change) + change;
  metrics_.set("sensorium_queue_depth", {{"lane", lane_name(lane)}}, depth);
}

void FlowMetrics::waited(Lane lane, std::chrono::microseconds time) {
  metrics_.observe("sensorium_queue_wait_seconds", {{"lane", lane_name(lane)}},
                   std::chrono::duration<double>(time).count());
}

void FlowMetrics::tried(std::string_view engine, std::string_view outcome) {
  const bool good = outcome == "ok";
  metrics_.count(
      "sensorium_upstream_requests_total",
      {{"provider", engine}, {"outcome", good ? "ok" : "error"}, {"error_type", good ? "" : outcome}});
}

void FlowMetrics::retried(std::string_view engine) {
  metrics_.count("sensorium_retries_total", {{"provider", engine}});
}

void FlowMetrics::breaker(std::string_view engine, flow::BreakerState state) {
  metrics_.set("sensorium_breaker_state", {{"provider", engine}}, static_cast<double>(state));
}

}  // namespace sensorium::service
