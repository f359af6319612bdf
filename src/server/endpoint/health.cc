// GET /health: the process answers; never a model call.
#include "server/call.h"

namespace sensorium::server {
namespace {

Task<> health(Call& call) {
  return call.reply_json(R"({"status":"healthy","service":"sensorium","version":")" SN_VERSION "\"}");
}

}  // namespace

extern const EndpointDef health_endpoint{
    .method = "GET",
    .path = "/health",
    .operation = "health",
    .summary = "Says that the service answers, and its version",
    .access = Access::anyone,
    .handle = health,
};

}  // namespace sensorium::server
