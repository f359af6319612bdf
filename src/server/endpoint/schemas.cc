// GET /schemas/{name}: the JSON Schemas of what is sent and received.
#include "server/call.h"
#include "server/openapi.h"

namespace sensorium::server {
namespace {

Task<> schemas(Call& call) {
  const std::string_view schema = schema_text(call.route.parameter);
  if (schema.empty())
    co_return Error(
        Code::not_found, "There is no schema of this name",
        "There are answer-1.json, comparison-1.json, plan-1.json, question-1.json and timeline-1.json");
  co_return co_await call.reply(200, "application/schema+json", schema);
}

}  // namespace

extern const EndpointDef schemas_endpoint{
    .method = "GET",
    .path = "/schemas/{name}",
    .operation = "schemas",
    .summary =
        "JSON Schemas: answer-1.json, comparison-1.json, plan-1.json, question-1.json, timeline-1.json",
    .access = Access::anyone,
    .reply_type = "application/schema+json",
    .handle = schemas,
};

}  // namespace sensorium::server
