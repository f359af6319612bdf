// hedge(): a second engine is asked when the first is silent for too long; the first to speak answers, the
// other is stopped.
// Surprising: an engine that fails before it spoke hands over at once. Both may bill what they began.
#pragma once

#include <functional>
#include <optional>

#include "engine/chat_engine.h"

namespace sensorium::flow {

/// One engine's way to the answer, from preparation on; text goes to the sink.
using Contender = std::function<Task<>(const CallContext&, TokenSink&)>;

struct HedgeOutcome {
  enum class Winner : std::uint8_t { nobody, first, second } winner = Winner::nobody;
  std::optional<Status> first, second;  ///< nothing: it was not asked
};

/// Waits for both to have ended; the loser ends within 100 ms. `may_begin_second` (money) is asked before the
/// second is begun beside the first; after a failure of the first it begins in any case.
Task<HedgeOutcome> hedge(const CallContext& ctx, Milliseconds after, Contender first, Contender second,
                         std::function<bool()> may_begin_second, TokenSink& sink);

}  // namespace sensorium::flow
