// Models in OpenAI's shape, plus what they can, what they cost and whether they can be asked now.
#include "server/model_list.h"

#include "service/json_text.h"

namespace sensorium::server {
namespace {

void write_if_known(service::JsonText& json, std::string_view name, const std::string& value) {
  json.key(name);
  if (value.empty()) json.null();
  else json.text(value);
}

void write_model(service::JsonText& json, const service::ModelInfo& model) {
  json.open('{')
      .field("id", model.name)
      .field("object", "model")
      .field("created", 0)
      .field("owned_by", model.provider)
      .key("capabilities")
      .open('{')
      .key("pictures")
      .boolean(model.pictures)
      .key("json_schema")
      .boolean(model.json_schema)
      .key("good_at")
      .texts(model.good_at)
      .close('}')
      .key("limits")
      .open('{')
      .field("pictures", model.max_pictures)
      .key("context_tokens");
  if (model.context_tokens > 0) json.integer(model.context_tokens);
  else json.null();
  json.close('}').key("price");
  if (model.input_price || model.output_price)
    json.open('{')
        .key("input_usd_per_million_tokens")
        .number(model.input_price)
        .key("output_usd_per_million_tokens")
        .number(model.output_price)
        .close('}');
  else json.null();
  json.field("where", model.where).field("state", model.state);
  write_if_known(json, "latency", model.latency);
  write_if_known(json, "gpu", model.gpu);
  json.key("memory_bytes");
  if (model.memory_bytes > 0) json.integer(model.memory_bytes);
  else json.null();
  json.key("note");
  if (model.note.empty()) json.null();
  else json.text(model.note);
  json.close('}');
}

}  // namespace

Task<std::vector<service::ModelInfo>> list_models(Call& call) {
  const service::Service& service = call.shared().service;
  co_return co_await call.shared().files.run(
      call.context(),
      [&service](const CallContext&) -> Result<std::vector<service::ModelInfo>> { return service.models(); });
}

std::string models_json(const std::vector<service::ModelInfo>& models) {
  service::JsonText json(384 * (models.size() + 1));
  json.open('{').field("object", "list").key("data").open('[');
  for (const auto& model : models) write_model(json, model);
  json.close(']').close('}');
  return std::move(json).take();
}

std::string model_json(const service::ModelInfo& model) {
  service::JsonText json;
  write_model(json, model);
  return std::move(json).take();
}

}  // namespace sensorium::server
