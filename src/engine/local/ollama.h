// Reads the manifest of a model in an Ollama models folder: where its blobs lie.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sensorium::local {

struct OllamaFiles {
  std::string model;
  std::string projector;  ///< "": none, or inside the model (which llama.cpp cannot use)
};

/// `name` as Ollama spells it ("llava:7b"; the tag defaults to latest). Errors: not_found (no such
/// model there), misconfigured (its manifest cannot be understood, a blob is missing).
Result<OllamaFiles> ollama_files(const std::string& models_folder, std::string_view name);

}  // namespace sensorium::local
