// Files of our own folder are written relative, so that a models folder can be moved.
#include <fmt/format.h>

#include <limits>

#include "base/json.h"
#include "engine/local/manifest.h"

namespace sensorium::local {
namespace {

constexpr std::string_view schema = "sensorium.model/1";
constexpr int highest_rank = 1000;

std::string absolute(const std::string& folder, std::string path) {
  if (path.empty() || path.starts_with('/')) return path;
  return fmt::format("{}/{}", folder, path);
}

std::string relative(const InstalledModel& model, const std::string& path) {
  if (model.in_place) return path;
  return path.substr(path.rfind('/') + 1);
}

Error unusable(const std::string& folder, std::string_view what) {
  return Error(Code::misconfigured, fmt::format("{}/{} is not usable: {}", folder, manifest_name, what),
               "Remove that folder, then pull or import the model again");
}

}  // namespace

std::string manifest_text(const InstalledModel& model) {
  json::array arguments(model.arguments.begin(), model.arguments.end());
  const json::object root{{"schema", schema},
                          {"name", model.name},
                          {"title", model.title},
                          {"family", model.family},
                          {"licence", model.licence},
                          {"origin", model.origin},
                          {"model", relative(model, model.model_path)},
                          {"projector", relative(model, model.projector_path)},
                          {"arguments", std::move(arguments)},
                          {"in_place", model.in_place},
                          {"test_only", model.test_only},
                          {"rank", model.rank},
                          {"bytes", model.bytes},
                          {"context_tokens", model.context_tokens},
                          {"cache_bytes_per_token", model.cache_bytes_per_token}};
  return json::serialize(root) + "\n";
}

Result<InstalledModel> parse_manifest(std::string_view text, const std::string& folder) {
  const auto value = json::parse(text);
  if (!value) return unusable(folder, value.error().message);
  if (!value->is_object()) return unusable(folder, "it is not an object");
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  json::Reader reader(value->get_object());
  InstalledModel model;
  if (reader.string("schema").value_or("") != schema) return unusable(folder, "its schema is not known");
  model.name = reader.string("name").value_or("");
  model.title = reader.string("title").value_or("");
  model.family = reader.string("family").value_or("");
  model.licence = reader.string("licence").value_or("");
  model.origin = reader.string("origin").value_or("");
  model.model_path = absolute(folder, reader.string("model").value_or(""));
  model.projector_path = absolute(folder, reader.string("projector").value_or(""));
  model.in_place = reader.boolean("in_place").value_or(false);
  model.test_only = reader.boolean("test_only").value_or(false);
  model.rank = static_cast<int>(reader.integer("rank", 0, highest_rank).value_or(0));
  model.bytes = reader.integer("bytes", 0, most).value_or(0);
  model.context_tokens = reader.integer("context_tokens", 0, most).value_or(0);
  model.cache_bytes_per_token = reader.integer("cache_bytes_per_token", 0, most).value_or(0);
  if (const auto* list = reader.list("arguments"))
    for (const auto& item : *list)
      if (item.is_string()) model.arguments.emplace_back(item.get_string().c_str());
  if (auto status = reader.status(); !status) return unusable(folder, status.error().message);
  if (model.model_path.empty()) return unusable(folder, "it names no model file");
  return model;
}

}  // namespace sensorium::local
