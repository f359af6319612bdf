// manifests/<any registry>/library/NAME/TAG is JSON with layers; blobs/sha256-DIGEST are the files.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/json.h"
#include "engine/local/ollama.h"

namespace sensorium::local {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view model_layer = "application/vnd.ollama.image.model";
constexpr std::string_view projector_layer = "application/vnd.ollama.image.projector";
constexpr std::size_t largest_manifest = 1UL << 20;

Error unusable(std::string_view name, std::string_view what) {
  return Error(Code::misconfigured, fmt::format("The Ollama model {} cannot be used: {}", name, what),
               "Pull it again with Ollama, or pull it with: sensorium models pull");
}

// The first folder below manifests/ is the name of a registry; models of any will do.
std::string manifest_path(const fs::path& folder, std::string_view name) {
  const auto colon = name.find(':');
  const auto tag = colon == std::string_view::npos ? std::string_view("latest") : name.substr(colon + 1);
  std::error_code failure;
  for (const auto& registry : fs::directory_iterator(folder / "manifests", failure))
    if (const auto path = registry.path() / "library" / name.substr(0, colon) / tag;
        fs::exists(path, failure))
      return path.string();
  return "";
}

// "sha256:abc" as a file name; "" unless it is exactly that, since it becomes a path.
std::string blob_name(std::string_view digest) {
  constexpr std::string_view prefix = "sha256:";
  constexpr std::size_t digits = 64;
  if (!digest.starts_with(prefix) || digest.size() != prefix.size() + digits) return "";
  const auto hex = digest.substr(prefix.size());
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return std::ranges::all_of(hex, is_hex) ? fmt::format("sha256-{}", hex) : "";
}

}  // namespace

Result<OllamaFiles> ollama_files(const std::string& models_folder, std::string_view name) {
  const auto path = manifest_path(models_folder, name);
  if (path.empty())
    return Error(Code::not_found, fmt::format("Ollama has no model {} on this machine", name),
                 "See: ollama list");
  std::ifstream file(path);
  std::string text(largest_manifest, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  const auto manifest = json::parse(text);
  if (!manifest) return unusable(name, manifest.error().message);
  const auto* layers = json::array_member(*manifest, "layers");
  if (layers == nullptr) return unusable(name, "its manifest has no layers");
  OllamaFiles files;
  for (const auto& layer : *layers) {
    const auto type = json::string_member(layer, "mediaType").value_or("");
    if (type != model_layer && type != projector_layer) continue;
    const auto blob = blob_name(json::string_member(layer, "digest").value_or(""));
    const auto where = fs::path(models_folder) / "blobs" / blob;
    std::error_code failure;
    if (blob.empty() || !fs::exists(where, failure)) return unusable(name, "one of its files is missing");
    (type == model_layer ? files.model : files.projector) = where.string();
  }
  return files;
}

}  // namespace sensorium::local
