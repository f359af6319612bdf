// OpenAPI from endpoint rows; the schemas are the published files, word for word.
#include "server/openapi.h"

#include <fmt/format.h>

#include "server/endpoint.h"
#include "service/json_text.h"

namespace sensorium::embedded {
extern const std::string_view transcript_schema, answer_schema, comparison_schema, plan_schema,
    question_schema, timeline_schema;
}

namespace sensorium::server {
namespace {

using service::JsonText;

constexpr std::string_view error_schema =
    R"({"type":"object","required":["error"],"properties":{"error":{"type":"object","required":["message","type","param","code","hint","request_id"],"properties":{"message":{"type":"string"},"type":{"type":"string"},"param":{"type":["string","null"]},"code":{"type":"string"},"hint":{"type":["string","null"]},"request_id":{"type":["string","null"]}}}}})";
constexpr std::string_view upload_schema =
    R"({"type":"object","required":["file"],"properties":{"file":{"type":"array","items":{"type":"string","format":"binary"},"description":"one or more pictures"},"prompt":{"type":"string","default":"Describe this picture."},"system":{"type":"string"},"model":{"type":"string"},"detail":{"enum":["low","high","auto"],"default":"auto"},"max_tokens":{"type":"integer","minimum":1,"maximum":4096,"default":1024},"temperature":{"type":"number","minimum":0,"maximum":2},"stream":{"type":"boolean","default":false},"cache":{"enum":["use","refresh","off"],"default":"use"},"facts":{"type":"boolean","default":false},"offline":{"type":"boolean","default":false},"timeout":{"type":"string"},"schema":{"type":"string"},"tile":{"type":"string"},"tile_overlap":{"type":"integer"}}})";
constexpr std::string_view compare_schema =
    R"({"type":"object","required":["images"],"properties":{"images":{"type":"array","minItems":2,"maxItems":64,"items":{"type":"object","properties":{"url":{"type":"string"},"base64":{"type":"string"}}},"description":"or file parts of a multipart form"},"prompt":{"type":"string","description":"what matters in the comparison"},"model":{"type":"string"},"only":{"enum":["pixels","words"]},"tolerance":{"type":"integer","minimum":0,"maximum":255,"default":16},"detail":{"enum":["low","high","auto"]},"max_tokens":{"type":"integer"},"offline":{"type":"boolean"},"timeout":{"type":["number","string"]}}})";
constexpr std::string_view film_schema =
    R"({"type":"object","required":["file"],"properties":{"file":{"type":"string","format":"binary"},"prompt":{"type":"string"},"why":{"type":"string"},"model":{"type":"string"},"fps":{"default":1,"anyOf":[{"type":"number","minimum":0.1,"maximum":10},{"const":"auto"}]},"target_frames":{"type":"integer","minimum":1,"default":60},"max_frames":{"type":"integer","minimum":1},"threshold":{"type":"integer","minimum":0,"maximum":64,"default":10},"scene_only":{"type":"boolean","default":true},"scenes":{"enum":["hash","content","adaptive"],"default":"hash"},"sampling":{"enum":["exact","snap","keyframes"],"default":"exact"},"concurrency":{"type":"integer","minimum":1,"maximum":64,"default":5},"max_tokens":{"type":"integer","minimum":1,"maximum":4096,"default":300},"max_cost":{"type":"number","minimum":0},"from":{"type":"number","minimum":0},"to":{"type":"number","minimum":0},"speech":{"type":"boolean","default":true},"no_model":{"type":"boolean","default":false},"stream":{"type":"boolean","default":false},"cache":{"enum":["use","refresh","off"],"default":"use"}}})";
constexpr std::string_view estimate_schema =
    R"({"type":"object","required":["route","body"],"properties":{"route":{"enum":["/v1/analyze/image","/v1/analyze/upload","/v1/compare"]},"body":{"description":"the body that the route would get, or a list of them: then one plan for all","anyOf":[{"type":"object"},{"type":"array","items":{"type":"object"}}]}}})";

void write_reference(JsonText& json, std::string_view type, std::string_view schema) {
  json.key("content").open('{').key(type).open('{');
  if (!schema.empty())
    json.key("schema").open('{').field("$ref", fmt::format("#/components/schemas/{}", schema)).close('}');
  json.close('}').close('}');
}

/// "{id}" of "/v1/models/{id}", without its braces.
std::string_view parameter_of(std::string_view path) noexcept {
  const std::size_t open = path.find('{');
  if (open == std::string_view::npos) return {};
  return path.substr(open + 1, path.find('}') - open - 1);
}

void write_operation(JsonText& json, const EndpointDef& endpoint) {
  std::string method(endpoint.method);
  for (char& c : method) c = static_cast<char>(c | 0x20);
  json.key(method).open('{').field("operationId", endpoint.operation).field("summary", endpoint.summary);
  if (const auto name = parameter_of(endpoint.path); !name.empty())
    json.key("parameters")
        .open('[')
        .open('{')
        .field("name", name)
        .field("in", "path")
        .key("required")
        .boolean(true)
        .key("schema")
        .raw(R"({"type":"string"})")
        .close('}')
        .close(']');
  if (!endpoint.request_type.empty()) {
    json.key("requestBody").open('{').key("required").boolean(true);
    write_reference(json, endpoint.request_type, endpoint.request_schema);
    json.close('}');
  }
  json.key("responses").open('{').key("200").open('{').field("description", "done");
  write_reference(json, endpoint.reply_type, endpoint.reply_schema);
  json.close('}').key("default").open('{').field("description", "an error, with the status of its code");
  write_reference(json, "application/json", "Error");
  json.close('}').close('}');
  if (endpoint.access == Access::anyone) json.key("security").raw("[]");
  json.close('}');
}

std::string make_openapi() {
  JsonText json(16UL << 10);
  json.open('{').field("openapi", "3.1.0").key("info").open('{').field("title", "Sensorium");
  json.field("version", SN_VERSION)
      .field("summary", "Questions about pictures, answered by many engines")
      .close('}');
  json.key("paths").open('{');
  for (const EndpointDef* endpoint : endpoints()) {
    json.key(endpoint->path).open('{');
    write_operation(json, *endpoint);
    json.close('}');
  }
  json.close('}').key("security").raw(R"([{},{"bearer":[]},{"api_key":[]}])");
  json.key("components").open('{').key("securitySchemes");
  json.raw(
      R"({"bearer":{"type":"http","scheme":"bearer"},"api_key":{"type":"apiKey","in":"header","name":"x-api-key"}})");
  json.key("schemas").open('{');
  json.key("Question").raw(embedded::question_schema).key("Answer").raw(embedded::answer_schema);
  json.key("Transcript").raw(embedded::transcript_schema);
  json.key("Plan").raw(embedded::plan_schema).key("Error").raw(error_schema);
  json.key("Film").raw(film_schema).key("Timeline").raw(embedded::timeline_schema);
  json.key("Comparison").raw(embedded::comparison_schema).key("CompareRequest").raw(compare_schema);
  json.key("Upload").raw(upload_schema).key("Estimate").raw(estimate_schema);
  json.close('}').close('}').close('}');
  return std::move(json).take();
}

}  // namespace

const std::string& openapi_text() {
  static const std::string text = make_openapi();
  return text;
}

std::string_view schema_text(std::string_view name) noexcept {
  if (name == "answer-1.json") return embedded::answer_schema;
  if (name == "transcript-1.json") return embedded::transcript_schema;
  if (name == "comparison-1.json") return embedded::comparison_schema;
  if (name == "plan-1.json") return embedded::plan_schema;
  if (name == "question-1.json") return embedded::question_schema;
  if (name == "timeline-1.json") return embedded::timeline_schema;
  return {};
}

}  // namespace sensorium::server
