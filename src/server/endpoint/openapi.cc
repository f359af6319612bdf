// GET /openapi.json: made from the table of endpoints.
#include "server/openapi.h"
#include "server/call.h"

namespace sensorium::server {
namespace {

Task<> openapi(Call& call) { return call.reply_json(openapi_text()); }

}  // namespace

extern const EndpointDef openapi_endpoint{
    .method = "GET",
    .path = "/openapi.json",
    .operation = "openapi",
    .summary = "This description",
    .access = Access::anyone,
    .handle = openapi,
};

}  // namespace sensorium::server
