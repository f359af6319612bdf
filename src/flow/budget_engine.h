// BudgetEngine: stops before a call that could cost more than may be spent: for the question (--max-cost, an
// alias), for the key today; and writes every call into the ledger.
// Surprising: an unknown price cannot keep a limit, so with a limit it is refused; what is judged is the most
// that a call may cost, what is booked is what it did cost.
#pragma once

#include <functional>

#include "engine/chat_engine.h"
#include "store/ledger.h"

namespace sensorium::flow {

struct BudgetSharing {
  store::Ledger& ledger;
  /// USD that a key may spend in a day; nullopt: no limit.
  std::function<std::optional<double>(std::string_view caller)> daily_limit;
};

class BudgetEngine final : public ChatEngine {
 public:
  BudgetEngine(std::unique_ptr<ChatEngine> inner, std::string provider, BudgetSharing& sharing)
      : inner_(std::move(inner)), provider_(std::move(provider)), sharing_(sharing) {}
  EngineCard card(std::string_view model) const override { return inner_->card(model); }
  Task<Completion> complete(const CallContext& ctx, const ChatRequest& request, TokenSink& sink) override;

 private:
  std::unique_ptr<ChatEngine> inner_;
  std::string provider_;
  BudgetSharing& sharing_;
};

}  // namespace sensorium::flow
