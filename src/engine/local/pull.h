// pull_model(): a model of the catalogue into the models folder: from another program's cache if it is
// there already, else from its sources in order.
// Surprising: it blocks for minutes; give it a thread of its own. Interrupted, it goes on where it stopped.
#pragma once

#include <functional>
#include <string>

#include "base/call_context.h"
#include "engine/local/caches.h"
#include "engine/local/catalogue.h"
#include "engine/local/installed.h"

namespace sensorium::local {

struct PullProgress {
  std::string_view file;
  std::int64_t done = 0;   ///< bytes of this file
  std::int64_t total = 0;  ///< 0: unknown
};

struct PullOptions {
  std::string models_dir;
  CacheFolders caches = default_cache_folders();
  std::string hub = "https://huggingface.co";  ///< HF_ENDPOINT, where it is set
  std::string hub_token;                       ///< HF_TOKEN, for models behind a licence; a secret
  std::function<void(const PullProgress&)> progress;
  /// These with HF_ENDPOINT and HF_TOKEN from the environment.
  static PullOptions from_environment(std::string models_dir);
};

/// Errors: those of download(), of the last source tried with the others in its notes; misconfigured
/// (disk, or the files are no GGUF); overloaded (another process pulls the same).
Result<InstalledModel> pull_model(const CallContext& ctx, const CatalogueModel& model,
                                  const PullOptions& options);

}  // namespace sensorium::local
