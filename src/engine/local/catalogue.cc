// Choice and search over the catalogue; reading it is in catalogue_json.cc.
#include "engine/local/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/text.h"

namespace sensorium::local {

std::int64_t CatalogueModel::download_bytes() const noexcept {
  std::int64_t sum = 0;
  for (const auto& file : files) {
    if (file.bytes == 0) return 0;
    sum += file.bytes;
  }
  return sum;
}

Result<Catalogue> Catalogue::load(const std::string& path) {
  if (path.empty()) return builtin();
  std::ifstream file(path);
  if (!file)
    return Error(Code::misconfigured, fmt::format("The catalogue {} cannot be read", path), "Check the path");
  std::ostringstream text;
  text << file.rdbuf();
  return annotate(parse(std::move(text).str()), "file: " + path);
}

Result<CatalogueModel> Catalogue::find(std::string_view name) const {
  const auto found = std::ranges::find(models_, name, &CatalogueModel::name);
  if (found != models_.end()) return *found;
  std::vector<std::string_view> names;
  for (const auto& model : models_) names.push_back(model.name);
  const auto near = text::did_you_mean(name, names);
  return Error(Code::unknown_model, fmt::format("The catalogue has no model {}", text::shorten(name, 80)),
               near ? fmt::format("Did you mean {}? All names: sensorium models ls", *near)
                    : "All names: sensorium models ls");
}

const CatalogueModel* Catalogue::recommend(std::int64_t memory_bytes) const noexcept {
  const CatalogueModel* best = nullptr;
  for (const auto& model : models_) {
    if (!model.vision || model.memory_bytes == 0 || model.memory_bytes > memory_bytes) continue;
    if (!best || model.rank > best->rank) best = &model;
  }
  return best;
}

bool valid_model_name(std::string_view name) noexcept {
  constexpr std::size_t longest = 64;
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= longest && letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return letter(c) || c == '.' || c == '-' || c == '_'; });
}

}  // namespace sensorium::local
