// GET /metrics: Prometheus text.
#include "server/call.h"

namespace sensorium::server {
namespace {

Task<> metrics(Call& call) {
  service::Metrics& all = call.shared().service.metrics();
  all.set("sensorium_requests_in_flight", {}, static_cast<double>(call.shared().in_flight()));
  const std::string body = all.text();
  co_return co_await call.reply(200, "text/plain; version=0.0.4; charset=utf-8", body);
}

}  // namespace

extern const EndpointDef metrics_endpoint{
    .method = "GET",
    .path = "/metrics",
    .operation = "metrics",
    .summary = "Metrics for Prometheus",
    .reply_type = "text/plain",
    .handle = metrics,
};

}  // namespace sensorium::server
