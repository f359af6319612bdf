// Judge, reserve, call, settle.
#include "flow/budget_engine.h"

#include <fmt/format.h>

namespace sensorium::flow {
namespace {

/// What went through, to know what a call that broke off has cost.
class CountedSink final : public TokenSink {
 public:
  explicit CountedSink(TokenSink& inner) : inner_(inner) {}
  std::int64_t bytes() const noexcept { return bytes_; }
  Task<> text(std::string_view piece) override {
    bytes_ += static_cast<std::int64_t>(piece.size());
    return inner_.text(piece);
  }

 private:
  TokenSink& inner_;
  std::int64_t bytes_ = 0;
};

constexpr std::int64_t bytes_per_token = 4;  // of text that was cut off, about

Error unknown_price(const EngineCard& card) {
  return Error(Code::budget_exhausted,
               fmt::format("The price of {} is not known, so --max-cost cannot be kept", card.name),
               "Leave out --max-cost, or choose a model whose price is listed by: sensorium models ls");
}

Error too_dear(const EngineCard& card, double most, const Allowance& allowance) {
  return Error(
      Code::budget_exhausted,
      allowance.spent > 0
          ? fmt::format(
                "A call to {} may cost ${:.6g}, and ${:.6g} of the ${:.6g} that this question may cost "
                "are spent",
                card.name, most, allowance.spent, allowance.limit)
          : fmt::format("A call to {} may cost ${:.6g}, more than the ${:.6g} that this question may cost",
                        card.name, most, allowance.limit),
      "Lower --max-tokens or --detail, choose a cheaper model, or raise --max-cost");
}

/// Held back from a question's allowance during a call.
class Hold {
 public:
  Hold(std::shared_ptr<Allowance> allowance, double usd) : allowance_(std::move(allowance)), usd_(usd) {
    if (allowance_) allowance_->spent += usd_;
  }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;
  ~Hold() { settle(0); }
  void settle(double cost) noexcept {
    if (auto allowance = std::exchange(allowance_, nullptr)) allowance->spent += cost - usd_;
  }

 private:
  std::shared_ptr<Allowance> allowance_;
  double usd_;
};

Usage usage_of(const Result<Completion>& done, const Usage& estimate, std::int64_t streamed_bytes) {
  if (done) return done->usage;
  // A call that failed before its first word is not billed, as a rule; after it, it is.
  if (streamed_bytes == 0) return {};
  Usage usage = estimate;
  usage.output_tokens = streamed_bytes / bytes_per_token;
  return usage;
}

}  // namespace

Task<Completion> BudgetEngine::complete(const CallContext& ctx, const ChatRequest& request, TokenSink& sink) {
  const EngineCard card = inner_->card(request.model);
  Usage estimate = estimate_usage(card, request, {});
  estimate.output_tokens = card.generates ? request.max_tokens : 0;
  const std::optional<double> most = cost_usd(card, estimate);
  const auto limit = sharing_.daily_limit(request.caller);
  if ((request.allowance || limit) && !most) co_return unknown_price(card);
  if (request.allowance && request.allowance->spent + *most > request.allowance->limit)
    co_return too_dear(card, *most, *request.allowance);
  store::Ledger::Reservation reserved;
  if (limit) reserved = SN_CO_TRY(co_await sharing_.ledger.reserve(ctx, request.caller, *most, *limit));
  Hold hold(request.allowance, most.value_or(0));
  CountedSink counted(sink);
  auto done = co_await inner_->complete(ctx, request, counted);
  const Usage used = usage_of(done, estimate, counted.bytes());
  const double cost = cost_usd(card, used).value_or(0);
  hold.settle(cost);
  sharing_.ledger.add({.day = {},
                       .caller = request.caller,
                       .provider = provider_,
                       .model = request.model,
                       .calls = 1,
                       .failed = done ? 0 : 1,
                       .unpriced = most ? 0 : 1,
                       .input_tokens = used.input_tokens,
                       .image_tokens = used.image_tokens,
                       .output_tokens = used.output_tokens,
                       .estimated_usd = most.value_or(0),
                       .cost_usd = cost});
  co_return done;
}

}  // namespace sensorium::flow
