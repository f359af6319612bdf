// RetryingEngine: repeats a call that failed in a passing way, as long as no text reached the caller.
// Surprising: it never waits longer than 30 s nor past the deadline; a longer Retry-After is the
// caller's business, and the error keeps it.
#pragma once

#include <memory>

#include "engine/chat_engine.h"

namespace sensorium::flow {

struct RetryPolicy {
  int retries = 2;
  Milliseconds first_wait{500};  ///< doubled each time, minus up to a quarter at random
  Milliseconds longest_wait{30'000};
};

/// Wraps an engine. As thread-compatible as the engine within.
class RetryingEngine final : public ChatEngine {
 public:
  RetryingEngine(std::unique_ptr<ChatEngine> inner, RetryPolicy policy)
      : inner_(std::move(inner)), policy_(policy) {}
  EngineCard card(std::string_view model) const override { return inner_->card(model); }
  Task<Completion> complete(const CallContext& ctx, const ChatRequest& request, TokenSink& sink) override;

 private:
  std::unique_ptr<ChatEngine> inner_;
  RetryPolicy policy_;
};

/// How long to wait before repeat number `attempt` (0 is the first); nullopt: do not repeat.
std::optional<Milliseconds> retry_wait(const RetryPolicy& policy, const Error& error, int attempt,
                                       Milliseconds remaining, double random);

}  // namespace sensorium::flow
