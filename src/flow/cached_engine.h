// CachedEngine: gives an earlier answer to the same question, and lets identical questions in flight share
// one call. The outermost of the engines that wrap an engine: a hit passes no limit and costs nothing.
// Surprising: refusals, errors and answers that were cut are never kept; a question that joined another's
// call asks itself when that call ended for a reason of its caller (deadline, limits, budget).
#pragma once

#include <functional>

#include "flow/flight.h"

namespace sensorium::flow {

/// What the cached engines of all shards share; outlives them.
struct AnswerSharing {
  store::AnswerCache& cache;
  Flights& flights;
  /// sensorium_cache_requests_total{tier,result}
  std::function<void(std::string_view tier, std::string_view result)> count;
};

class CachedEngine final : public ChatEngine {
 public:
  /// `identity` tells engines apart that may answer differently: name and address.
  CachedEngine(std::unique_ptr<ChatEngine> inner, std::string identity, AnswerSharing& sharing)
      : inner_(std::move(inner)), identity_(std::move(identity)), sharing_(sharing) {}
  EngineCard card(std::string_view model) const override { return inner_->card(model); }
  Task<Completion> complete(const CallContext& ctx, const ChatRequest& request, TokenSink& sink) override;

 private:
  Task<Completion> complete_cached(const CallContext& ctx, const ChatRequest& request, TokenSink& sink);
  std::unique_ptr<ChatEngine> inner_;
  std::string identity_;
  AnswerSharing& sharing_;
};

/// Whether an answer may be given again: it is whole, and no refusal.
bool worth_keeping(const Completion& completion) noexcept;

}  // namespace sensorium::flow
