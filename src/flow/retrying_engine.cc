// RetryingEngine: the loop, and a sink that remembers whether anything went through it.
#include "flow/retrying_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "exec/guard.h"

namespace sensorium::flow {
namespace {

constexpr double jitter_share = 0.25;
constexpr int doubling_limit = 10;

class WatchedSink final : public TokenSink {
 public:
  explicit WatchedSink(TokenSink& inner) : inner_(inner) {}
  bool touched() const noexcept { return touched_; }
  Task<> text(std::string_view piece) override {
    touched_ = true;
    return inner_.text(piece);
  }

 private:
  TokenSink& inner_;
  bool touched_ = false;
};

double random_share() {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

}  // namespace

std::optional<Milliseconds> retry_wait(const RetryPolicy& policy, const Error& error, int attempt,
                                       Milliseconds remaining, double random) {
  if (!facts(error.code).retry || attempt >= policy.retries) return std::nullopt;
  Milliseconds wait = policy.first_wait * (1 << std::min(attempt, doubling_limit));
  wait -= Milliseconds(static_cast<std::int64_t>(static_cast<double>(wait.count()) * jitter_share * random));
  if (error.retry_after) wait = *error.retry_after;
  if (wait > policy.longest_wait || wait >= remaining) return std::nullopt;
  return wait;
}

Task<Completion> RetryingEngine::complete(const CallContext& ctx, const ChatRequest& request,
                                          TokenSink& sink) {
  for (int attempt = 0;; ++attempt) {
    WatchedSink watched(sink);
    auto done = co_await inner_->complete(ctx, request, watched);
    if (done) {
      if (attempt > 0)
        done->warnings.push_back(
            fmt::format("answered after {} failed {}", attempt, attempt == 1 ? "try" : "tries"));
      co_return done;
    }
    if (watched.touched()) co_return done;
    const auto wait = retry_wait(policy_, done.error(), attempt, ctx.remaining(), random_share());
    if (!wait) co_return done;
    SN_CO_TRY(co_await sleep_for(ctx, *wait));
  }
}

}  // namespace sensorium::flow
