// The loop, and the table of what is repeated.
#include "flow/retrying_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "exec/guard.h"
#include "flow/watched_sink.h"

namespace sensorium::flow {
namespace {

constexpr double jitter_share = 0.25;
constexpr int doubling_limit = 10;

double random_share() {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

/// Time-outs cost their whole wait, nonsense tends to come again: half as many repeats, once by default.
bool costly(Code code) noexcept { return code == Code::upstream_timeout || code == Code::upstream_protocol; }
bool repeatable(Code code) noexcept { return facts(code).retry || code == Code::upstream_protocol; }

/// See do_not_repeat in engine/remote/retry_after.h.
bool asked_not_to_repeat(const Error& error) noexcept {
  return error.retry_after && *error.retry_after < Milliseconds(0);
}

Milliseconds backoff(const RetryPolicy& policy, const Error& error, const RetryCase& now) {
  // An engine that says it is overloaded means seconds.
  const int doublings =
      std::min(now.attempt, doubling_limit) + (error.code == Code::upstream_overloaded ? 1 : 0);
  const auto wait = std::min(policy.first_wait * (1 << doublings), policy.longest_backoff);
  return wait - Milliseconds(
                    static_cast<std::int64_t>(static_cast<double>(wait.count()) * jitter_share * now.random));
}

}  // namespace

std::optional<Milliseconds> retry_wait(const RetryPolicy& policy, const Error& error, const RetryCase& now) {
  if (!repeatable(error.code) || now.attempt >= policy.retries) return std::nullopt;
  if (costly(error.code) && now.costly >= (policy.retries + 1) / 2) return std::nullopt;
  if (asked_not_to_repeat(error)) return std::nullopt;
  const bool nobody_there = error.code == Code::upstream_unavailable && error.upstream_status == 0;
  if (nobody_there && !now.last_resort) return std::nullopt;
  const Milliseconds wait = error.retry_after ? *error.retry_after : backoff(policy, error, now);
  if (wait > policy.longest_wait || wait >= now.remaining) return std::nullopt;
  return wait;
}

void RetryingEngine::note(const ChatRequest& request, std::string_view outcome, TimePoint begin) const {
  if (shared_.observer) shared_.observer->tried(shared_.engine, outcome);
  if (!request.tries) return;
  const auto time = std::chrono::duration_cast<Milliseconds>(SteadyClock::now() - begin);
  request.tries->push_back({request.model.empty() ? shared_.engine : shared_.engine + "/" + request.model,
                            std::string(outcome), time});
}

std::optional<Milliseconds> RetryingEngine::next_wait(Error& error, RetryCase& now) const {
  const auto wait = retry_wait(shared_.policy, error, now);
  if (!wait) return std::nullopt;
  if (!shared_.budget.may_repeat(SteadyClock::now())) {
    error.notes.push_back(fmt::format(
        "not tried again: {} has already been asked again as often as for the first time in this minute",
        shared_.engine));
    return std::nullopt;
  }
  if (shared_.observer) shared_.observer->retried(shared_.engine);
  now.costly += costly(error.code) ? 1 : 0;
  ++now.attempt;
  return wait;
}

Task<Completion> RetryingEngine::complete(const CallContext& ctx, const ChatRequest& request,
                                          TokenSink& sink) {
  shared_.budget.first_attempt(SteadyClock::now());
  RetryCase now{.last_resort = request.last_resort};
  for (;;) {
    WatchedSink watched(sink);
    const TimePoint begin = SteadyClock::now();
    auto done = co_await inner_->complete(ctx, request, watched);
    note(request, done ? std::string_view("ok") : facts(done.error().code).name, begin);
    if (done) {
      if (now.attempt > 0)
        done->warnings.push_back(
            fmt::format("answered after {} failed {}", now.attempt, now.attempt == 1 ? "try" : "tries"));
      co_return done;
    }
    if (watched.touched()) co_return done;
    now.remaining = ctx.remaining();
    now.random = random_share();
    const auto wait = next_wait(done.error(), now);
    if (!wait) {
      if (asked_not_to_repeat(done.error())) done.error().retry_after.reset();
      co_return done;
    }
    SN_CO_TRY(co_await sleep_for(ctx, *wait));
  }
}

}  // namespace sensorium::flow
