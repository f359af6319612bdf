// Who speaks first wins; who ends well without having spoken, too.
#include "flow/hedge.h"

#include <array>

#include "exec/both.h"
#include "exec/waker.h"

namespace sensorium::flow {
namespace {

using Winner = HedgeOutcome::Winner;

struct Contest {
  Contest(const CallContext& ctx, TokenSink& to) : scopes{StopScope(ctx), StopScope(ctx)}, sink(to) {}
  std::array<StopScope, 2> scopes;
  TokenSink& sink;
  HedgeOutcome outcome;
  Waker decided;  ///< wakes the second from its wait

  StopScope& scope_of(Winner who) noexcept { return scopes[who == Winner::first ? 0 : 1]; }
  /// False: the other one has won.
  bool claim(Winner who) {
    if (outcome.winner == Winner::nobody) {
      outcome.winner = who;
      scope_of(who == Winner::first ? Winner::second : Winner::first).stop();
      decided.wake();
    }
    return outcome.winner == who;
  }
};

class ClaimingSink final : public TokenSink {
 public:
  ClaimingSink(Contest& contest, Winner who) : contest_(contest), who_(who) {}
  Task<> text(std::string_view piece) override {
    return contest_.claim(who_) ? contest_.sink.text(piece) : too_late();
  }

 private:
  static Task<> too_late() { co_return Error(Code::cancelled, "Another engine was quicker"); }
  Contest& contest_;
  Winner who_;
};

Task<> run(Contest& contest, Winner who, const Contender& contender, std::optional<Status>& done) {
  ClaimingSink sink(contest, who);
  done = co_await contender(contest.scope_of(who).context(), sink);
  if (*done) contest.claim(who);
  contest.decided.wake();
  co_return Status{};
}

Task<> run_second(Contest& contest, Milliseconds after, const Contender& second,
                  const std::function<bool()>& may_begin) {
  const TimePoint begin = SteadyClock::now();
  SN_CO_TRY(co_await contest.decided.wait(contest.scope_of(Winner::second).context(), begin + after));
  if (contest.outcome.winner != Winner::nobody) co_return Status{};
  const bool first_failed = contest.outcome.first.has_value();
  if (first_failed && !facts(contest.outcome.first->error().code).fallback) co_return Status{};
  if (!first_failed && !may_begin()) {
    // Not beside the first, but perhaps after it.
    SN_CO_TRY(co_await contest.decided.wait(contest.scope_of(Winner::second).context()));
    if (contest.outcome.winner != Winner::nobody) co_return Status{};
  }
  co_return co_await run(contest, Winner::second, second, contest.outcome.second);
}

}  // namespace

Task<HedgeOutcome> hedge(const CallContext& ctx, Milliseconds after, Contender first, Contender second,
                         std::function<bool()> may_begin_second, TokenSink& sink) {
  Contest contest(ctx, sink);
  (void)co_await both(run(contest, Winner::first, first, contest.outcome.first),
                      run_second(contest, after, second, may_begin_second));
  SN_CO_TRY(ctx.check());
  co_return std::move(contest.outcome);
}

}  // namespace sensorium::flow
