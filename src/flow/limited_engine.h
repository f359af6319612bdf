// LimitedEngine: waits at the gate of its credential before it asks, and tells the gate what was used and
// what the provider said about its limits.
#pragma once

#include <memory>

#include "flow/gate.h"

namespace sensorium::flow {

/// Wraps an engine. As thread-compatible as the engine within; the gate outlives it.
/// Errors: those of Gate::enter. While another engine can be asked, it waits 5 s at most and a limit of
/// ours counts as the provider's (upstream_rate_limited): the next engine is asked instead.
class LimitedEngine final : public ChatEngine {
 public:
  LimitedEngine(std::unique_ptr<ChatEngine> inner, Gate& gate, std::int64_t tokens_per_minute)
      : inner_(std::move(inner)), gate_(gate), tokens_per_minute_(tokens_per_minute) {}
  EngineCard card(std::string_view model) const override { return inner_->card(model); }
  Task<Completion> complete(const CallContext& ctx, const ChatRequest& request, TokenSink& sink) override;

 private:
  Task<Permit> enter(const CallContext& ctx, const ChatRequest& request, const Units& units);
  void obey(const LimitView& view);

  std::unique_ptr<ChatEngine> inner_;
  Gate& gate_;
  std::int64_t tokens_per_minute_;
};

/// What a call will use, before it is made: its input and as much output as it may give, but no more
/// output than fits into the limit.
Units estimate_units(const EngineCard& card, const ChatRequest& request, std::int64_t tokens_per_minute);

}  // namespace sensorium::flow
