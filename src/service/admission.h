// The limits of a caller: what a question counts against its key, before and after.
#pragma once

#include <memory>

#include "pipeline/image.h"
#include "service/engine_chain.h"
#include "service/question.h"

namespace sensorium::service {

/// Null when the caller has no limits. Errors: rate_limited with the time to come back.
Task<std::unique_ptr<flow::Permit>> admit(EngineChain& chain, const CallContext& ctx,
                                          const Question& question, const pipeline::ImageQuestion& opened,
                                          const EngineCard& card);
/// Counts what was really used instead of the estimate.
void settle(flow::Permit* permit, const Answer& answer);

}  // namespace sensorium::service
