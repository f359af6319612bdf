// GET /v1/models/{id}: one model; ids have slashes in them.
#include <algorithm>

#include "base/text.h"
#include "server/model_list.h"

namespace sensorium::server {
namespace {

Task<> model(Call& call) {
  const auto all = SN_CO_TRY(co_await list_models(call));
  const auto found = std::ranges::find(all, call.route.parameter, &service::ModelInfo::name);
  if (found == all.end())
    co_return Error(
        Code::unknown_model,
        "There is no model " + text::printable(text::shorten(call.route.parameter, 100)) + " in the list",
        "GET /v1/models lists those that are known");
  const std::string body = model_json(*found);
  co_return co_await call.reply_json(body);
}

}  // namespace

extern const EndpointDef model_endpoint{
    .method = "GET",
    .path = "/v1/models/{id}",
    .operation = "model",
    .summary = "One model",
    .handle = model,
};

}  // namespace sensorium::server
