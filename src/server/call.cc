// Call: request ids, contexts, replies.
#include "server/call.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ids.h"
#include "service/question_json.h"

namespace sensorium::server {
namespace {

constexpr std::size_t longest_request_id = 128;
constexpr std::size_t usual_headers = 8;
constexpr std::chrono::seconds default_retry_after{1};

bool usable_id(std::string_view id) noexcept {
  return !id.empty() && id.size() <= longest_request_id &&
         std::ranges::all_of(id, [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '\\'; });
}

std::chrono::seconds retry_seconds(const Error& error) {
  if (!error.retry_after) return default_retry_after;
  return std::max(default_retry_after, std::chrono::ceil<std::chrono::seconds>(*error.retry_after));
}

}  // namespace

Call::Call(Gateway& gateway, net::HttpExchange& exchange) : gateway_(gateway), exchange_(exchange) {
  const std::string_view given = head().header("x-request-id");
  request_id_ = usable_id(given) ? std::string(given) : make_id("req_");
  headers.reserve(usual_headers);
  headers.emplace_back("x-request-id", request_id_);
}

double Call::elapsed_ms() const noexcept {
  return std::chrono::duration<double, std::milli>(SteadyClock::now() - begin_).count();
}

CallContext Call::context(std::optional<Milliseconds> timeout) const {
  const Milliseconds limit = timeout.value_or(gateway_.shared().service.config().models.timeout);
  return CallContext(request_id_, begin_ + limit, {});
}

Task<> Call::reply(int code, std::string_view type, std::string_view body) {
  status = code;
  headers.emplace_back("Content-Type", type);
  if (!timed) headers.emplace_back("Server-Timing", fmt::format("total;dur={:.3f}", elapsed_ms()));
  return exchange_.reply(code, headers, body);
}

Task<> Call::fail(const Error& error) {
  const int code = facts(error.code).http;
  if (code == 429 || code == 503)
    headers.emplace_back("Retry-After", std::to_string(retry_seconds(error).count()));
  if (code == 401) headers.emplace_back("WWW-Authenticate", "Bearer");
  const std::string body = service::error_json(error, request_id_);
  co_return co_await reply(code, "application/json", body);
}

}  // namespace sensorium::server
