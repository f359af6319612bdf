// How llama-server is run for a model, and what that makes of the model's card: pure functions.
#pragma once

#include <string>

#include "engine/engine_card.h"
#include "engine/local/installed.h"
#include "engine/local/runtime.h"

namespace sensorium {
class ModelTable;
}

namespace sensorium::local {

/// The numbers that command line and card must agree on.
struct LlamaServing {
  int threads = 1;
  int slots = 1;             ///< questions answered at once; each has `context` tokens
  std::int64_t context = 0;  ///< tokens per slot
  std::int64_t picture_tokens =
      0;  ///< most tokens of one picture, where the model leaves a choice; 0: text model
};
LlamaServing serving_of(const InstalledModel& model, const RuntimeOptions& options) noexcept;

/// The child "llama:NAME"; `hints` of memory come from the catalogue.
ChildSpec llama_spec(const std::string& program, const InstalledModel& model, const RuntimeOptions& options);

/// The family's rules, bounded by how we run it; takes no pictures without a projector; costs nothing.
EngineCard llama_card(const ModelTable& table, const InstalledModel& model, const RuntimeOptions& options);

}  // namespace sensorium::local
