// One folder per model. A manifest spares reading GGUF headers; without one the header tells.
#include "engine/local/installed.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "base/text.h"
#include "engine/local/catalogue.h"
#include "engine/local/gguf.h"
#include "engine/local/manifest.h"

namespace sensorium::local {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t largest_context = 8192;
constexpr std::int64_t working_bytes = std::int64_t{160} << 20;  // llama-server's code, buffers, scratch
constexpr std::int64_t usual_cache_bytes = 64 << 10;             // per token, where the header does not tell

bool is_gguf(const fs::path& path) { return text::lower(path.extension().string()) == ".gguf"; }
bool is_projector_name(const fs::path& path) {
  return text::lower(path.filename().string()).contains("mmproj");
}

std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> result;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(folder, failure)) result.push_back(entry.path());
  std::ranges::sort(result);
  return result;
}

std::string only_projector_beside(const fs::path& model) {
  std::vector<fs::path> found;
  for (const auto& path : entries(model.parent_path()))
    if (is_gguf(path) && is_projector_name(path)) found.push_back(path);
  return found.size() == 1 ? found.front().string() : "";
}

/// "Qwen2.5 VL 3B Instruct" as the model table spells names: lower case, dashes.
std::string family_of(std::string_view name) {
  std::string result = text::lower(text::trim(name));
  std::ranges::replace(result, ' ', '-');
  std::ranges::replace(result, '_', '-');
  return result;
}

std::string usable_name(std::string_view stem) {
  std::string result = text::lower(stem);
  for (char& c : result)
    if (!valid_model_name(std::string(1, c)) && c != '.' && c != '-' && c != '_') c = '-';
  while (!result.empty() && !valid_model_name(result.substr(0, 1))) result.erase(0, 1);
  constexpr std::size_t longest = 64;
  return result.substr(0, longest);
}

Error no_projector(const std::string& path, std::string_view why) {
  return Error(Code::misconfigured, fmt::format("{} cannot be used as a projector: {}", path, why),
               "Name the mmproj file that belongs to the model");
}

/// The family whose rules the projector says hold, or "".
Result<std::string> check_projector(const std::string& path) {
  const auto facts = read_gguf(path);
  if (!facts) return facts.error();
  if (!facts->projector) return no_projector(path, "it is a language model");
  if (!facts->sees) return no_projector(path, "it has no vision encoder");
  return facts->vision_family;
}

std::int64_t size_of(const std::string& path) {
  if (path.empty()) return 0;
  std::error_code failure;
  const auto size = fs::file_size(path, failure);
  return failure ? 0 : static_cast<std::int64_t>(size);
}

/// Files that are gone or cut off since the installation.
Status check_files(const InstalledModel& model) {
  for (const auto& path : {model.model_path, model.projector_path})
    if (!path.empty() && size_of(path) == 0)
      return Error(Code::misconfigured, fmt::format("The model {} lacks its file {}", model.name, path),
                   fmt::format("Pull or import it again: sensorium models pull {}", model.name));
  const auto bytes = size_of(model.model_path) + size_of(model.projector_path);
  if (model.bytes > 0 && bytes < model.bytes)
    return Error(
        Code::misconfigured,
        fmt::format("The model {} is cut off: its files have {} of {} bytes", model.name, bytes, model.bytes),
        fmt::format("Get it again: sensorium models rm {0}, then sensorium models pull {0}", model.name));
  return {};
}

Result<InstalledModel> read_manifest(const fs::path& folder) {
  std::ifstream file(folder / manifest_name);
  std::ostringstream text;
  text << file.rdbuf();
  InstalledModel model = SN_TRY(parse_manifest(std::move(text).str(), folder.string()));
  model.name = folder.filename().string();
  SN_TRY(check_files(model));
  return model;
}

Result<InstalledModel> found_model(const std::string& path, std::string name) {
  InstalledModel model = SN_TRY(open_model_file(path));
  model.name = std::move(name);
  model.origin = "found";
  return model;
}

/// The language model of a folder without manifest; nullopt when there is not exactly one.
std::optional<fs::path> only_model_in(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const auto& path : entries(folder))
    if (is_gguf(path) && !is_projector_name(path)) found.push_back(path);
  return found.size() == 1 ? std::optional(found.front()) : std::nullopt;
}

/// What `path`, an entry of the models folder, holds; nullopt when it is nothing of ours.
std::optional<Result<InstalledModel>> open_entry(const fs::path& path) {
  std::error_code failure;
  if (fs::is_directory(path, failure)) {
    if (fs::exists(path / manifest_name, failure)) return read_manifest(path);
    if (fs::exists(path / unfinished_name, failure)) return std::nullopt;
    if (const auto model = only_model_in(path)) return found_model(*model, path.filename().string());
    return std::nullopt;
  }
  if (!is_gguf(path) || is_projector_name(path)) return std::nullopt;
  return found_model(path.string(), path.stem().string());
}

Error unknown(const std::string& models_dir, std::string_view name) {
  const auto list = list_installed(models_dir);
  std::vector<std::string_view> names;
  for (const auto& model : list.models) names.push_back(model.name);
  const auto near = text::did_you_mean(name, names);
  const auto in_catalogue = Catalogue::builtin().find(name);
  return Error(Code::unknown_model,
               fmt::format("The local model {} is not installed", text::shorten(name, 120)),
               near           ? fmt::format("Did you mean local/{}?", *near)
               : in_catalogue ? fmt::format("Get it with: sensorium models pull {}", name)
                              : "See what there is with: sensorium models ls");
}

bool is_path(std::string_view name) { return name.contains('/') && is_gguf(fs::path(name)); }

Error not_importable(const Error& cause) {
  Error error(Code::invalid_request, cause.message, cause.hint);
  return std::move(error).at("path");
}

Error cannot_write(const std::string& path, const std::error_code& failure) {
  return Error(Code::misconfigured, fmt::format("{} cannot be written: {}", path, failure.message()),
               "Check the space left and the permissions of the models folder");
}

Status copy_file(std::string& path, const fs::path& folder) {
  if (path.empty()) return {};
  const fs::path target = folder / fs::path(path).filename();
  const fs::path part = target.string() + ".part";
  std::error_code failure;
  fs::copy_file(path, part, fs::copy_options::overwrite_existing, failure);
  if (!failure) fs::rename(part, target, failure);
  if (failure) return cannot_write(target, failure);
  path = target;
  return {};
}

}  // namespace

std::int64_t InstalledModel::memory_bytes(std::int64_t context) const noexcept {
  const auto per_token = cache_bytes_per_token > 0 ? cache_bytes_per_token : usual_cache_bytes;
  return bytes + context * per_token + working_bytes;
}

std::int64_t served_context(const InstalledModel& model) noexcept {
  return model.context_tokens > 0 ? std::min(model.context_tokens, largest_context) : largest_context;
}

InstalledList list_installed(const std::string& models_dir) {
  InstalledList list;
  for (const auto& path : entries(models_dir)) {
    auto entry = open_entry(path);
    if (!entry) continue;
    if (*entry) list.models.push_back(std::move(**entry));
    else list.problems.push_back(sentence(entry->error()));
  }
  return list;
}

Result<InstalledModel> find_installed(const std::string& models_dir, std::string_view name) {
  if (is_path(name)) return open_model_file(std::string(name));
  if (name.empty() || name.contains('/') || name.starts_with('.')) return unknown(models_dir, name);
  for (const auto& candidate :
       {fs::path(models_dir) / name, fs::path(models_dir) / fmt::format("{}.gguf", name)}) {
    std::error_code failure;
    if (!fs::exists(candidate, failure)) continue;
    if (auto entry = open_entry(candidate)) return std::move(*entry);
  }
  return unknown(models_dir, name);
}

Result<InstalledModel> open_model_file(const std::string& path, const std::string& projector) {
  const GgufFacts facts = SN_TRY(read_gguf(path));
  if (facts.projector)
    return Error(Code::misconfigured, fmt::format("{} is a projector, not a model", path),
                 "Name the model's own GGUF file; the projector beside it is found");
  InstalledModel model;
  model.name = path;
  model.title = facts.name.empty() ? fs::path(path).stem().string() : facts.name;
  model.family = family_of(facts.name.empty() ? fs::path(path).stem().string() : facts.name);
  model.licence = facts.licence;
  model.model_path = fs::absolute(path).string();
  model.projector_path =
      projector.empty() ? only_projector_beside(model.model_path) : fs::absolute(projector).string();
  if (!model.projector_path.empty())
    if (auto family = SN_TRY(check_projector(model.projector_path)); !family.empty())
      model.family = std::move(family);
  model.in_place = true;
  model.test_only = facts.test_only;
  model.bytes = size_of(model.model_path) + size_of(model.projector_path);
  model.context_tokens = facts.context_tokens;
  model.cache_bytes_per_token = facts.cache_bytes_per_token;
  return model;
}

Result<InstalledModel> import_model(const std::string& models_dir, const ImportRequest& request) {
  auto opened = open_model_file(request.path, request.projector);
  if (!opened) return not_importable(opened.error());
  InstalledModel model = std::move(*opened);
  model.name = request.name.empty() ? usable_name(fs::path(request.path).stem().string()) : request.name;
  model.origin = "imported";
  if (!valid_model_name(model.name))
    return Error(Code::invalid_request,
                 fmt::format("\"{}\" cannot be the name of a model", text::shorten(model.name, 80)),
                 "Use lower case letters, digits, dots, dashes and underscores")
        .at("name");
  const fs::path folder = fs::path(models_dir) / model.name;
  std::error_code failure;
  if (fs::exists(folder / manifest_name, failure))
    return Error(Code::invalid_request, fmt::format("There is a model {} already", model.name),
                 fmt::format("Choose another name, or remove it first: sensorium models rm {}", model.name))
        .at("name");
  SN_TRY(begin_folder(folder));
  if (request.placement == Placement::copy) {
    SN_TRY(copy_file(model.model_path, folder));
    SN_TRY(copy_file(model.projector_path, folder));
    model.in_place = false;
  }
  SN_TRY(write_manifest(folder, model));
  return model;
}

Status begin_folder(const std::string& folder) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (!failure && !std::ofstream(fs::path(folder) / unfinished_name))
    failure = std::make_error_code(std::errc::permission_denied);
  if (failure) return cannot_write(folder, failure);
  return {};
}

Status write_manifest(const std::string& folder, const InstalledModel& model) {
  const fs::path target = fs::path(folder) / manifest_name;
  const fs::path part = target.string() + ".part";
  std::ofstream file(part, std::ios::trunc);
  file << manifest_text(model);
  file.close();
  std::error_code failure = file ? std::error_code() : std::make_error_code(std::errc::io_error);
  if (!failure) fs::rename(part, target, failure);
  if (failure) return cannot_write(target, failure);
  fs::remove(fs::path(folder) / unfinished_name, failure);
  return {};
}

Status remove_model(const std::string& models_dir, std::string_view name) {
  const fs::path folder = fs::path(models_dir) / name;
  std::error_code failure;
  if (!valid_model_name(name) || !fs::exists(folder, failure)) return unknown(models_dir, name);
  if (!fs::exists(folder / manifest_name, failure) && !fs::exists(folder / unfinished_name, failure))
    return Error(Code::forbidden, fmt::format("{} was put there by hand and is not removed", folder.string()),
                 "Delete the folder yourself if it is not needed");
  fs::remove_all(folder, failure);
  if (failure) return cannot_write(folder, failure);
  return {};
}

const InstalledModel* best_vision_model(std::span<const InstalledModel> models,
                                        std::int64_t free_bytes) noexcept {
  const InstalledModel* best = nullptr;
  const InstalledModel* smallest = nullptr;
  const auto better = [](const InstalledModel& a, const InstalledModel& b) {
    return a.rank != b.rank ? a.rank > b.rank : a.bytes > b.bytes;
  };
  for (const auto& model : models) {
    if (!model.vision() || model.test_only) continue;
    if (!smallest || model.bytes < smallest->bytes) smallest = &model;
    if (model.memory_bytes(served_context(model)) <= free_bytes && (!best || better(model, *best)))
      best = &model;
  }
  return best ? best : smallest;
}

}  // namespace sensorium::local
