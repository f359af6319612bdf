// GET /livez: 200 as long as the event loop turns; a restart is due when it does not answer.
#include "server/call.h"

namespace sensorium::server {
namespace {

Task<> livez(Call& call) { return call.reply_json(R"({"status":"alive"})"); }

}  // namespace

extern const EndpointDef livez_endpoint{
    .method = "GET",
    .path = "/livez",
    .operation = "livez",
    .summary = "Whether the process lives",
    .access = Access::anyone,
    .handle = livez,
};

}  // namespace sensorium::server
