// Model files that other programs have on this machine already: Hugging Face, LM Studio, llama.cpp, Ollama.
// Blocking, reads only. Ollama keeps a model's files under their digests; only those with a separate
// projector are of use to llama.cpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/local/catalogue.h"

namespace sensorium::local {

struct CacheFolders {
  std::string huggingface;  ///< .../hub
  std::vector<std::string> lm_studio;
  std::string llama_cpp;
  std::string ollama;  ///< .../models
};
/// By HF_HUB_CACHE, HF_HOME, LLAMA_CACHE, OLLAMA_MODELS and the usual places.
CacheFolders default_cache_folders();

/// All files of `model`, in its order, from one cache; nullopt when no cache has all of them in the
/// sizes that the catalogue knows.
std::optional<std::vector<std::string>> find_in_caches(const CatalogueModel& model,
                                                       const CacheFolders& folders);

}  // namespace sensorium::local
