// BreakingEngine: asks an engine only while its breakers allow, and tells them how it went.
#pragma once

#include <memory>

#include "flow/breaker_set.h"

namespace sensorium::flow {

/// Wraps an engine. As thread-compatible as the engine within; the breakers outlive it.
/// Errors: upstream_unavailable with the time until the next probe while open.
class BreakingEngine final : public ChatEngine {
 public:
  BreakingEngine(std::unique_ptr<ChatEngine> inner, BreakerSet& breakers)
      : inner_(std::move(inner)), breakers_(breakers) {}
  EngineCard card(std::string_view model) const override { return inner_->card(model); }
  Task<Completion> complete(const CallContext& ctx, const ChatRequest& request, TokenSink& sink) override;

 private:
  std::unique_ptr<ChatEngine> inner_;
  BreakerSet& breakers_;
};

/// What the end of a call says about the engine.
CallEnd call_end(const Result<Completion>& done, Milliseconds slow_after) noexcept;

}  // namespace sensorium::flow
