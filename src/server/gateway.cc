// Gateway: the same steps for every request, in one place.
#include "server/gateway.h"

#include <fmt/format.h>

#include "base/log.h"
#include "base/text.h"
#include "server/call.h"

namespace sensorium::server {
namespace {

constexpr unsigned file_threads = 1;

Task<> dispatch(Call& call) {
  auto route = find_route(call.head().method, call.head().path);
  if (!route) {
    if (!route.error().allow.empty()) call.headers.emplace_back("Allow", std::move(route.error().allow));
    co_return std::move(route.error().error);
  }
  call.route = std::move(*route);
  if (call.route.endpoint->access == Access::key_holders)
    call.caller = SN_CO_TRY(call.shared().access.check(call.head()));
  co_return co_await call.route.endpoint->handle(call);
}

/// A call that was ended by the end of the service is not the caller's doing.
Error as_told(Error error, const GatewayShared& shared) {
  if (error.code != Code::cancelled || !shared.draining.load()) return error;
  return Error(Code::overloaded, "The service is shutting down and ended this call",
               "Send it again in a moment")
      .after(Milliseconds(1000));
}

void record(Call& call, const Status& done) {
  const EndpointDef* endpoint = call.route.endpoint;
  const std::string_view operation = endpoint ? endpoint->operation : "none";
  const std::string_view provider = std::string_view(call.model).substr(0, call.model.find('/'));
  const std::string_view model = call.shared().model_label(call.model);
  const std::string_view outcome = done ? "ok" : facts(done.error().code).name;
  const double ms = call.elapsed_ms();
  call.shared().service.metrics().observe(
      "sensorium_request_duration_seconds",
      {{"operation", operation}, {"provider", provider}, {"model", model}, {"outcome", outcome}}, ms / 1000);
  if (log::enabled(log::Level::info))
    log::info("server", fmt::format("{} {} {} {:.1f} ms {} {}", call.head().method,
                                    text::printable(text::shorten(call.head().path, 100)), call.status, ms,
                                    outcome, call.request_id()));
}

}  // namespace

GatewayShared::GatewayShared(service::Service& given)
    : service(given),
      access(given.config().keys),
      spool_dir(given.config().server.state_dir.empty() ? std::string()
                                                        : given.config().server.state_dir + "/spool"),
      files(file_threads) {
  for (auto& model : given.models()) known_models_.insert(std::move(model.name));
}

std::string_view GatewayShared::model_label(std::string_view model) const noexcept {
  return model.empty() || known_models_.contains(model) ? model : "other";
}

Task<> Gateway::handle(net::HttpExchange& exchange) {
  Call call(*this, exchange);
  Status done = co_await dispatch(call);
  if (!done) done = as_told(std::move(done).error(), shared_);
  Status sent = done;
  if (!done && !exchange.started()) sent = co_await call.fail(done.error());
  record(call, done);
  co_return sent;
}

}  // namespace sensorium::server
