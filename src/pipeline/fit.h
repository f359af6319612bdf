// Whether an engine can take a question at all, judged before it is asked while another one could be.
#pragma once

#include "engine/chat_engine.h"

namespace sensorium::pipeline {

/// Number and size of pictures are judged where they are prepared. Errors: model_limit (longer than the
/// context, no schema from an engine that quotes).
Status check_fit(const EngineCard& card, const ChatRequest& request, std::int64_t input_tokens);

}  // namespace sensorium::pipeline
