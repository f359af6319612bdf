// Installed models: folders of the models folder, each with a model.json; plain GGUF files that the
// user has put there count too. Files may lie elsewhere (another program's cache) and are used in place.
// All functions block (small files; GGUF headers of files that have no model.json); thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sensorium::local {

struct InstalledModel {
  std::string name;  ///< what follows "local/"; for a model by path: the path
  std::string title;
  std::string family;   ///< the name under which the model table knows its rules
  std::string licence;  ///< "" when unknown
  std::string origin;   ///< "pulled", "imported", "found"
  std::string model_path;
  std::string projector_path;          ///< "" for a text model
  std::vector<std::string> arguments;  ///< extra arguments of llama-server
  bool in_place = false;               ///< the files are not ours: remove() leaves them alone
  bool test_only = false;           ///< generated for tests, its answers mean nothing: never chosen by `auto`
  int rank = 0;                     ///< from the catalogue; higher is better
  std::int64_t bytes = 0;           ///< of all files
  std::int64_t context_tokens = 0;  ///< trained context; 0: unknown
  std::int64_t cache_bytes_per_token = 0;  ///< keys and values; 0: unknown
  bool vision() const noexcept { return !projector_path.empty(); }
  /// Estimated need with `context` tokens: weights, cache, working buffers.
  std::int64_t memory_bytes(std::int64_t context) const noexcept;
};

/// By name; what cannot be used (damaged, a file missing) is left out and told in `problems`.
struct InstalledList {
  std::vector<InstalledModel> models;
  std::vector<std::string> problems;  ///< one sentence each
};
InstalledList list_installed(const std::string& models_dir);

/// A model by name, or by the path of a .gguf file when `name` has a slash and ends so.
/// Errors: unknown_model (with "did you mean"), misconfigured (damaged or cut off, a file is missing).
Result<InstalledModel> find_installed(const std::string& models_dir, std::string_view name);

/// A GGUF file and, beside it, its projector: the given one, or the only mmproj*.gguf of the folder.
/// Errors: misconfigured.
Result<InstalledModel> open_model_file(const std::string& path, const std::string& projector = {});

enum class Placement : std::uint8_t { in_place, copy };
struct ImportRequest {
  std::string path;
  std::string projector;  ///< "": as open_model_file()
  std::string name;       ///< "": from the file's name
  Placement placement = Placement::in_place;
};
/// Errors: invalid_request (no usable GGUF, a bad or taken name), misconfigured (cannot be written).
Result<InstalledModel> import_model(const std::string& models_dir, const ImportRequest& request);

/// Removes a model's folder. Errors: unknown_model, forbidden (it is a plain file of the user's).
Status remove_model(const std::string& models_dir, std::string_view name);

/// Makes a model's folder, marked as unfinished: not listed before write_manifest().
Status begin_folder(const std::string& folder);
/// Writes a model's model.json, atomically; its folder must exist. The model is installed then.
Status write_manifest(const std::string& folder, const InstalledModel& model);

/// The vision model that `auto` should ask: the best rank, then the largest, that fits into
/// `free_bytes`; else the smallest; null without any.
const InstalledModel* best_vision_model(std::span<const InstalledModel> models,
                                        std::int64_t free_bytes) noexcept;

/// Context that a child is started with: as trained, at most 8192.
std::int64_t served_context(const InstalledModel& model) noexcept;

}  // namespace sensorium::local
