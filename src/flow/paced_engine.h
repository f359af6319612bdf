// PacedEngine: a stream that does not begin in time, or begins too slowly, counts as failed while another
// engine can still be asked.
// Surprising: with a least speed the first tokens are held back until the speed is known; what was never
// passed on need not be taken back. Headers and keep-alive comments of a server are no beginning.
#pragma once

#include <memory>

#include "engine/chat_engine.h"

namespace sensorium::flow {

struct Pace {
  Milliseconds first_token{60'000};
  std::int64_t tokens_per_s = 0;  ///< 0: any
};

/// Wraps an engine. As thread-compatible as the engine within. Errors: upstream_timeout.
class PacedEngine final : public ChatEngine {
 public:
  PacedEngine(std::unique_ptr<ChatEngine> inner, Pace pace) : inner_(std::move(inner)), pace_(pace) {}
  EngineCard card(std::string_view model) const override { return inner_->card(model); }
  Task<Completion> complete(const CallContext& ctx, const ChatRequest& request, TokenSink& sink) override;

 private:
  Task<Completion> complete_watched(const CallContext& ctx, const ChatRequest& request, TokenSink& sink);
  std::unique_ptr<ChatEngine> inner_;
  Pace pace_;
};

}  // namespace sensorium::flow
