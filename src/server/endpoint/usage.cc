// GET /v1/usage: what was spent, by day, key, provider and model. A key sees its own rows.
#include "base/text.h"
#include "server/call.h"

namespace sensorium::server {
namespace {

/// Days need no decoding.
std::string parameter(std::string_view query, std::string_view name) {
  for (const std::string_view pair : text::split(query, '&'))
    if (const auto equal = pair.find('='); pair.substr(0, equal) == name && equal != std::string_view::npos)
      return std::string(pair.substr(equal + 1));
  return {};
}

Task<> usage(Call& call) {
  const std::string body = SN_CO_TRY(co_await call.shared().service.usage_json(
      call.context(), parameter(call.head().query, "from"), parameter(call.head().query, "to"), call.caller));
  co_return co_await call.reply_json(body);
}

}  // namespace

extern const EndpointDef usage_endpoint{
    .method = "GET",
    .path = "/v1/usage",
    .operation = "usage",
    .summary = "What was spent, by day, key, provider and model",
    .handle = usage,
};

}  // namespace sensorium::server
