// Each cache's layout is a function from a catalogue file to a path that may exist.
#include "engine/local/caches.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "engine/local/folders.h"
#include "engine/local/ollama.h"

namespace sensorium::local {
namespace fs = std::filesystem;
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::string replaced(std::string text, char what, std::string_view by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, 1, by);
  return text;
}

bool suits(const fs::path& path, const CatalogueFile& file) {
  std::error_code failure;
  const auto size = fs::file_size(path, failure);
  if (failure || size == 0) return false;
  return file.bytes == 0 || size == static_cast<std::uintmax_t>(file.bytes);
}

using Locate = std::optional<std::string> (*)(const std::string& root, const CatalogueFile& file,
                                              const CatalogueSource& source);

// models--OWNER--NAME/snapshots/REVISION/FILE, links into blobs/.
std::optional<std::string> in_huggingface(const std::string& root, const CatalogueFile& file,
                                          const CatalogueSource& source) {
  const fs::path snapshots =
      fs::path(root) / fmt::format("models--{}", replaced(source.place, '/', "--")) / "snapshots";
  std::error_code failure;
  for (const auto& revision : fs::directory_iterator(snapshots, failure))
    if (const auto path = revision.path() / source.path; suits(path, file)) return path.string();
  return std::nullopt;
}

std::optional<std::string> in_lm_studio(const std::string& root, const CatalogueFile& file,
                                        const CatalogueSource& source) {
  const fs::path path = fs::path(root) / source.place / source.path;
  return suits(path, file) ? std::optional(path.string()) : std::nullopt;
}

// OWNER_NAME_FILE, as llama.cpp's own -hf download stores it.
std::optional<std::string> in_llama_cpp(const std::string& root, const CatalogueFile& file,
                                        const CatalogueSource& source) {
  const fs::path path = fs::path(root) / replaced(fmt::format("{}/{}", source.place, source.path), '/', "_");
  return suits(path, file) ? std::optional(path.string()) : std::nullopt;
}

std::optional<std::vector<std::string>> all_files(const CatalogueModel& model, const std::string& root,
                                                  Locate locate) {
  if (root.empty()) return std::nullopt;
  std::vector<std::string> paths;
  for (const auto& file : model.files) {
    std::optional<std::string> path;
    for (const auto& source : file.sources)
      if (!path && source.kind == CatalogueSource::Kind::huggingface) path = locate(root, file, source);
    if (!path) return std::nullopt;
    paths.push_back(std::move(*path));
  }
  return paths;
}

}  // namespace

CacheFolders default_cache_folders() {
  CacheFolders folders;
  folders.huggingface = variable("HF_HUB_CACHE");
  if (folders.huggingface.empty() && !variable("HF_HOME").empty())
    folders.huggingface = variable("HF_HOME") + "/hub";
  if (folders.huggingface.empty()) folders.huggingface = below_home(".cache/huggingface/hub");
  folders.lm_studio = {below_home(".lmstudio/models"), below_home(".cache/lm-studio/models")};
  folders.llama_cpp = variable("LLAMA_CACHE");
  if (folders.llama_cpp.empty()) folders.llama_cpp = below_home(".cache/llama.cpp");
  folders.ollama = variable("OLLAMA_MODELS");
  if (folders.ollama.empty()) folders.ollama = below_home(".ollama/models");
  return folders;
}

std::optional<std::vector<std::string>> find_in_caches(const CatalogueModel& model,
                                                       const CacheFolders& folders) {
  if (auto found = all_files(model, folders.huggingface, in_huggingface)) return found;
  for (const auto& root : folders.lm_studio)
    if (auto found = all_files(model, root, in_lm_studio)) return found;
  if (auto found = all_files(model, folders.llama_cpp, in_llama_cpp)) return found;
  if (model.ollama.empty() || folders.ollama.empty()) return std::nullopt;
  auto files = ollama_files(folders.ollama, model.ollama);
  if (!files || files->model.empty() || files->projector.empty() != !model.vision) return std::nullopt;
  std::vector<std::string> paths{files->model};
  if (model.vision) paths.push_back(files->projector);
  return paths;
}

}  // namespace sensorium::local
