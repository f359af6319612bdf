// Estimates decide only while there is a choice: the last engine judges for itself.
#include "pipeline/fit.h"

#include <fmt/format.h>

namespace sensorium::pipeline {

Status check_fit(const EngineCard& card, const ChatRequest& request, std::int64_t input_tokens) {
  if (card.context_tokens > 0 && input_tokens > card.context_tokens)
    return Error(Code::model_limit,
                 fmt::format("The question has about {} tokens, {} reads at most {}", input_tokens, card.name,
                             card.context_tokens),
                 "Shorten it, send fewer pictures, or choose another model");
  if (request.schema && !card.generates)
    return Error(Code::model_limit, fmt::format("{} quotes; it cannot answer by a schema", card.name),
                 "Choose another model");
  return {};
}

}  // namespace sensorium::pipeline
