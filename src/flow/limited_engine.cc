// Reservation before, settlement after.
#include "flow/limited_engine.h"

#include <algorithm>

namespace sensorium::flow {
namespace {

constexpr Milliseconds longest_wait_beside_others{5000};  // then the next engine is the better answer
constexpr Milliseconds unsaid_wait{500};                  // after a 429 without a word about when

/// How long until one more may pass, when nothing is left of a limit that refills evenly.
Milliseconds until_one_more(const LimitView::One& limit) {
  return limit.limit > 0 ? limit.reset / limit.limit : limit.reset;
}

}  // namespace

Units estimate_units(const EngineCard& card, const ChatRequest& request, std::int64_t tokens_per_minute) {
  const std::int64_t input = estimate_usage(card, request, "").input_tokens;
  std::int64_t output = card.generates ? request.max_tokens : 0;
  if (tokens_per_minute > 0) output = std::clamp<std::int64_t>(tokens_per_minute - input, 0, output);
  Units units{};
  of(units, Unit::requests) = 1;
  of(units, Unit::tokens) = static_cast<double>(input + output);
  return units;
}

void LimitedEngine::obey(const LimitView& view) {
  const auto apply = [this](Unit unit, const std::optional<LimitView::One>& limit) {
    if (!limit) return;
    gate_.tighten(unit, static_cast<double>(limit->remaining));
    if (limit->remaining <= 0) gate_.block(unit, until_one_more(*limit));
  };
  apply(Unit::requests, view.requests);
  apply(Unit::tokens, view.tokens);
}

Task<Permit> LimitedEngine::enter(const CallContext& ctx, const ChatRequest& request, const Units& units) {
  const CallContext patience = request.last_resort ? ctx : ctx.with_timeout(longest_wait_beside_others);
  auto permit = co_await gate_.enter(patience, units, request.caller, request.lane);
  if (permit || request.last_resort) co_return permit;
  Error& error = permit.error();
  if (error.code == Code::rate_limited || error.code == Code::overloaded)
    error.code = Code::upstream_rate_limited;
  co_return permit;
}

Task<Completion> LimitedEngine::complete(const CallContext& ctx, const ChatRequest& request,
                                         TokenSink& sink) {
  const Units units = estimate_units(inner_->card(request.model), request, tokens_per_minute_);
  Permit permit = SN_CO_TRY(co_await enter(ctx, request, units));
  auto done = co_await inner_->complete(ctx, request, sink);
  if (done) {
    Units used = units;
    of(used, Unit::tokens) = static_cast<double>(done->usage.input_tokens + done->usage.output_tokens);
    permit.settle(used);
    done->queued += permit.waited();
    obey(done->provider_limits);
  } else if (done.error().code == Code::upstream_rate_limited) {
    gate_.block(Unit::requests, std::max(done.error().retry_after.value_or(unsaid_wait), Milliseconds(0)));
  }
  co_return done;
}

}  // namespace sensorium::flow
