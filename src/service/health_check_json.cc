// GET /health from outside. Surprising: no proxy is used, or a proxy would answer for us.
#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "exec/guard.h"
#include "exec/run_task.h"
#include "net/http_client.h"
#include "service/health_check.h"

namespace sensorium::service {
namespace {

constexpr std::size_t max_body = std::size_t{64} << 10;

Error unwell(const std::string& url, std::string why) {
  return Error(Code::upstream_unavailable, fmt::format("{} {}", text::printable(url), std::move(why)),
               "See whether it is the address of a service that was started with: sensorium serve");
}

Task<net::HttpReply> get(const CallContext& ctx, net::HttpClient& client, const net::HttpCall& call) {
  co_return co_await client.send(ctx, call, max_body);
}

Result<HealthReport> understand(const std::string& url, const net::HttpReply& reply) {
  if (reply.status != 200) return unwell(url, fmt::format("answered with status {}", reply.status));
  const auto parsed = json::parse(reply.body);
  if (!parsed || json::string_member(*parsed, "service") != "sensorium")
    return unwell(url, "is not a sensorium service");
  const std::string status(json::string_member(*parsed, "status").value_or("unknown"));
  if (status != "healthy") return unwell(url, fmt::format("is {}", text::printable(status)));
  return HealthReport{reply.body, std::string(json::string_member(*parsed, "version").value_or(""))};
}

}  // namespace

Result<HealthReport> check_health(const CallContext& ctx, const std::string& url) {
  net::HttpCall call;
  call.method = "GET";
  auto parsed = net::parse_url(url);
  if (!parsed)
    return Error(Code::invalid_request,
                 fmt::format("\"{}\" is not an address", text::printable(text::shorten(url, 100))),
                 "Write it as http://127.0.0.1:7373");
  call.url = std::move(*parsed);
  call.url.target = "/health";
  boost::asio::io_context io(1);
  net::HttpClientOptions options;
  options.proxy_from_environment = false;
  net::HttpClient client(io, options);
  auto reply = run_task(io, guarded(ctx, get(ctx, client, call)));
  if (!reply && reply.error().code == Code::upstream_unavailable) {
    reply.error().hint = "Start it with: sensorium serve";
    return Error(std::move(reply).error());
  }
  return understand(url, SN_TRY(std::move(reply)));
}

std::string local_url(const std::string& listen) {
  const auto colon = listen.rfind(':');
  std::string host = listen.substr(0, colon);
  if (host == "0.0.0.0" || host.empty()) host = "127.0.0.1";
  if (host == "[::]") host = "[::1]";
  return fmt::format("http://{}{}", host, colon == std::string::npos ? "" : listen.substr(colon));
}

}  // namespace sensorium::service
