// RetryingEngine: repeats a call that failed in a passing way, as long as no text reached the caller.
// Surprising: it never waits longer than 30 s nor past the deadline; a longer Retry-After is the
// caller's business, and the error keeps it. An engine that does not answer at all is not repeated while
// another one can be asked.
#pragma once

#include <memory>

#include "flow/flow_observer.h"
#include "flow/retry_budget.h"

namespace sensorium::flow {

struct RetryPolicy {
  int retries = 2;
  Milliseconds first_wait{500};        ///< doubled each time, minus up to a quarter at random
  Milliseconds longest_backoff{8000};  ///< of our own choosing
  Milliseconds longest_wait{30'000};   ///< that a provider may ask for
};

/// What a decision to repeat depends on.
struct RetryCase {
  int attempt = 0;          ///< 0: the first has failed
  int costly = 0;           ///< failures so far of the kind that costs a whole wait: time-outs, nonsense
  bool last_resort = true;  ///< no other engine is asked afterwards
  Milliseconds remaining = Milliseconds::max();
  double random = 0;  ///< 0 to 1
};

/// How long to wait before the next attempt; nullopt: do not repeat. Classes and waits are those of
/// docs/reference/providers.md, "What to do per class".
std::optional<Milliseconds> retry_wait(const RetryPolicy& policy, const Error& error, const RetryCase& now);

/// The attempts of one engine, shared by all shards; outlives the engines that use it.
struct RetryShared {
  std::string engine;  ///< "openai"
  RetryPolicy policy;
  RetryBudget budget{policy.retries};  ///< made after the policy
  FlowObserver* observer = nullptr;
};

/// Wraps an engine. As thread-compatible as the engine within. Notes every attempt in request.tries.
class RetryingEngine final : public ChatEngine {
 public:
  RetryingEngine(std::unique_ptr<ChatEngine> inner, RetryShared& shared)
      : inner_(std::move(inner)), shared_(shared) {}
  EngineCard card(std::string_view model) const override { return inner_->card(model); }
  Task<Completion> complete(const CallContext& ctx, const ChatRequest& request, TokenSink& sink) override;

 private:
  void note(const ChatRequest& request, std::string_view outcome, TimePoint begin) const;
  std::optional<Milliseconds> next_wait(Error& error, RetryCase& now) const;

  std::unique_ptr<ChatEngine> inner_;
  RetryShared& shared_;
};

}  // namespace sensorium::flow
