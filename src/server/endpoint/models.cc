// GET /v1/models: what can be asked, in OpenAI's shape and with what we know more.
#include "server/model_list.h"

namespace sensorium::server {
namespace {

Task<> models(Call& call) {
  const auto all = SN_CO_TRY(co_await list_models(call));
  const std::string body = models_json(all);
  co_return co_await call.reply_json(body);
}

}  // namespace

extern const EndpointDef models_endpoint{
    .method = "GET",
    .path = "/v1/models",
    .operation = "models",
    .summary = "The models that can be asked",
    .handle = models,
};

}  // namespace sensorium::server
