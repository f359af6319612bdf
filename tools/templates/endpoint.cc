// GET /v1/NAME: TODO what it answers.
#include "server/call.h"

namespace sensorium::server {
namespace {

Task<> NAME(Call& call) {
  (void)call;
  co_return Error(Code::not_built_in, "/v1/NAME cannot answer yet", "Finish FILE");
}

}  // namespace

extern const EndpointDef NAME_endpoint{
    .method = "GET",
    .path = "/v1/NAME",
    .operation = "NAME",
    .summary = "TODO one line for the OpenAPI document",
    .handle = NAME,
};

}  // namespace sensorium::server
