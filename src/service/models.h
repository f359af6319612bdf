// Local models as a person deals with them: what the catalogue has, what is installed, pulling,
// importing, removing, and what runs now. All functions block on files; pulling for minutes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "service/config.h"

namespace sensorium::service {

enum class Presence : std::uint8_t { installed, in_catalogue };

struct LocalModel {
  std::string name;   ///< "local/smolvlm-500m"
  std::string title;  ///< "SmolVLM 500M Instruct, Q8_0"
  std::string licence, note;
  std::string path;  ///< of the model file; "" unless installed
  Presence presence = Presence::in_catalogue;
  bool vision = false;
  bool test_only = false;         ///< its answers mean nothing
  std::int64_t bytes = 0;         ///< on disk, or to be downloaded; 0: unknown
  std::int64_t memory_bytes = 0;  ///< estimate for running it; 0: unknown
  std::int64_t context_tokens = 0;
};

struct LocalModels {
  std::vector<LocalModel> models;     ///< installed ones first
  std::vector<std::string> problems;  ///< one sentence for each model that cannot be used
};
LocalModels list_local_models(const Config& config);

/// By name, with or without "local/". Errors: unknown_model with "did you mean", misconfigured (damaged).
Result<LocalModel> find_local_model(const Config& config, std::string_view name);

struct PullState {
  std::string_view file;
  std::int64_t done = 0, total = 0;  ///< bytes; total 0: unknown
};
/// Downloads, or uses in place what another program has; goes on where an earlier pull stopped.
/// Errors: unknown_model, cancelled, those of the download.
Result<LocalModel> pull_local_model(const CallContext& ctx, const Config& config, std::string_view name,
                                    std::function<void(const PullState&)> progress);

enum class Files : bool { stay_in_place, are_copied };
struct Import {
  std::string path;       ///< a .gguf file
  std::string projector;  ///< "" looks beside it
  std::string name;       ///< "" takes the file's
  Files files = Files::stay_in_place;
};
Result<LocalModel> import_local_model(const Config& config, const Import& import);
Status remove_local_model(const Config& config, std::string_view name);

/// A model process of this user on this machine, whichever sensorium started it.
struct RunningModel {
  int pid = 0, parent = 0;
  std::string program;  ///< "llama-server", "sensorium-reader"
  std::string model;    ///< the file it serves, "" when unknown
  std::int64_t resident_bytes = 0;
  std::int64_t age_s = 0;
};
std::vector<RunningModel> running_models();

}  // namespace sensorium::service
