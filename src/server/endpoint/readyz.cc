// GET /readyz: whether new requests should be sent here; 503 while the service drains.
#include <fmt/format.h>

#include "server/call.h"

namespace sensorium::server {
namespace {

Task<> readyz(Call& call) {
  const bool draining = call.shared().draining.load();
  std::string body = fmt::format(R"({{"status":"{}")", draining ? "draining" : "ready");
  if (has_query(call.head().query, "verbose"))
    body += fmt::format(R"(,"service":"sensorium","version":"{}","accepting":{},"requests_in_flight":{})",
                        SN_VERSION, !draining, call.shared().in_flight());
  body += '}';
  if (draining) call.headers.emplace_back("Retry-After", "1");
  co_return co_await call.reply(draining ? 503 : 200, "application/json", body);
}

}  // namespace

extern const EndpointDef readyz_endpoint{
    .method = "GET",
    .path = "/readyz",
    .operation = "readyz",
    .summary = "Whether new requests should come here; ?verbose tells more",
    .access = Access::anyone,
    .handle = readyz,
};

}  // namespace sensorium::server
