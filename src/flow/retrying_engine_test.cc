// RetryingEngine: which failures are repeated, how long it waits, and that text is never doubled.
#include "flow/retrying_engine.h"

#include <gtest/gtest.h>

#include "exec/run_task.h"

namespace sensorium::flow {
namespace {

constexpr RetryPolicy quick{.retries = 2, .first_wait = Milliseconds(1)};

/// Fails `failures` times with `code`, then answers; may send text before failing.
class Flaky final : public ChatEngine {
 public:
  Flaky(int failures, Code code, bool text_first, int& calls)
      : failures_(failures), code_(code), text_first_(text_first), calls_(calls) {}
  EngineCard card(std::string_view) const override { return {}; }
  Task<Completion> complete(const CallContext&, const ChatRequest&, TokenSink& sink) override {
    if (calls_++ < failures_) {
      if (text_first_) SN_CO_TRY(co_await sink.text("half"));
      co_return Error(code_, "no");
    }
    Completion completion;
    completion.text = "yes";
    co_return completion;
  }

 private:
  int failures_;
  Code code_;
  bool text_first_;
  int& calls_;
};

Result<Completion> ask(int failures, Code code, bool text_first, int& calls) {
  RetryShared shared = {.engine = "flaky", .policy = quick, .budget = RetryBudget(quick.retries)};
  RetryingEngine engine(std::make_unique<Flaky>(failures, code, text_first, calls), shared);
  NullSink sink;
  return run_task(engine.complete(CallContext(), ChatRequest{}, sink));
}

TEST(RetryingEngine, RepeatsPassingFailures) {
  int calls = 0;
  auto done = ask(2, Code::upstream_overloaded, false, calls);
  ASSERT_TRUE(done);
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(done->warnings.size(), 1U);
}

TEST(RetryingEngine, GivesUpAfterItsRetries) {
  int calls = 0;
  EXPECT_EQ(ask(9, Code::upstream_unavailable, false, calls).error().code, Code::upstream_unavailable);
  EXPECT_EQ(calls, 3);
}

TEST(RetryingEngine, NeverRepeatsFinalFailuresOrStartedAnswers) {
  int calls = 0;
  EXPECT_FALSE(ask(9, Code::upstream_auth, false, calls));
  EXPECT_EQ(calls, 1);
  calls = 0;
  EXPECT_FALSE(ask(9, Code::upstream_broken_stream, true, calls));
  EXPECT_EQ(calls, 1);
}

TEST(RetryingEngine, NotesEveryAttempt) {
  RetryShared shared = {.engine = "flaky", .policy = quick, .budget = RetryBudget(quick.retries)};
  int calls = 0;
  RetryingEngine engine(std::make_unique<Flaky>(1, Code::upstream_overloaded, false, calls), shared);
  NullSink sink;
  const auto shared_tries = std::make_shared<std::vector<EngineTry>>();
  const std::vector<EngineTry>& tries = *shared_tries;
  ChatRequest request;
  request.model = "m";
  request.tries = shared_tries;
  ASSERT_TRUE(run_task(engine.complete(CallContext(), request, sink)));
  ASSERT_EQ(tries.size(), 2U);
  EXPECT_EQ(tries[0].outcome, "upstream_overloaded");
  EXPECT_EQ(tries[1].outcome, "ok");
  EXPECT_EQ(tries[1].model, "flaky/m");
}

TEST(RetryingEngine, ItsBudgetEndsAnOutage) {
  RetryShared shared = {.engine = "flaky", .policy = quick, .budget = RetryBudget(quick.retries)};
  int calls = 0;
  RetryingEngine engine(std::make_unique<Flaky>(1'000'000, Code::upstream_overloaded, false, calls), shared);
  NullSink sink;
  constexpr int questions = 50;
  for (int i = 0; i < questions; ++i)
    EXPECT_FALSE(run_task(engine.complete(CallContext(), ChatRequest{}, sink)));
  EXPECT_LE(calls, 2 * questions) << "as many repeats as first attempts, no more";
  EXPECT_GE(calls, 2 * questions - 2);
}

TEST(RetryBudget, SlidesWithTime) {
  RetryBudget budget(1);
  const TimePoint start{std::chrono::hours(1)};
  for (int i = 0; i < 3; ++i) budget.first_attempt(start);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(budget.may_repeat(start + std::chrono::seconds(10)));
  EXPECT_FALSE(budget.may_repeat(start + std::chrono::seconds(20)));
  EXPECT_TRUE(budget.may_repeat(start + std::chrono::seconds(80))) << "one is always free";
  EXPECT_FALSE(budget.may_repeat(start + std::chrono::seconds(80)));
}

constexpr Milliseconds hour{3'600'000};

TEST(RetryWait, ObeysRetryAfterAndTheDeadline) {
  const Error limited = Error(Code::upstream_rate_limited, "x").after(Milliseconds(3000));
  EXPECT_EQ(retry_wait({}, limited, {.remaining = Milliseconds(60'000)}), Milliseconds(3000));
  EXPECT_EQ(retry_wait({}, limited, {.remaining = Milliseconds(2000)}), std::nullopt);
  const Error tomorrow = Error(Code::upstream_rate_limited, "x").after(Milliseconds(86'400'000));
  EXPECT_EQ(retry_wait({}, tomorrow, {}), std::nullopt);
  const Error never = Error(Code::upstream_overloaded, "x").after(Milliseconds(-1));
  EXPECT_EQ(retry_wait({}, never, {}), std::nullopt);
}

TEST(RetryWait, GrowsUpToABound) {
  const Error failed = Error(Code::upstream_unavailable, "x").upstream(500);
  const RetryPolicy many{.retries = 10};
  EXPECT_EQ(retry_wait(many, failed, {.attempt = 1}), Milliseconds(1000));
  EXPECT_EQ(retry_wait(many, failed, {.attempt = 1, .random = 1}), Milliseconds(750));
  EXPECT_EQ(retry_wait(many, failed, {.attempt = 9}), Milliseconds(8000));
  EXPECT_EQ(retry_wait(many, Error(Code::upstream_overloaded, "x"), {}), Milliseconds(1000));
}

TEST(RetryWait, KnowsTheClasses) {
  const auto repeats = [](Code code, const RetryCase& now) {
    return retry_wait({}, Error(code, "x"), now).has_value();
  };
  EXPECT_TRUE(repeats(Code::upstream_timeout, {.remaining = hour}));
  EXPECT_FALSE(repeats(Code::upstream_timeout, {.attempt = 1, .costly = 1})) << "once";
  EXPECT_TRUE(repeats(Code::upstream_protocol, {}));
  EXPECT_FALSE(repeats(Code::upstream_protocol, {.attempt = 1, .costly = 1}));
  EXPECT_TRUE(repeats(Code::upstream_broken_stream, {.attempt = 1}));
  for (const Code final :
       {Code::upstream_auth, Code::upstream_quota, Code::content_filtered, Code::model_limit,
        Code::invalid_request, Code::rate_limited, Code::deadline_exceeded, Code::cancelled})
    EXPECT_FALSE(repeats(final, {})) << facts(final).name;
}

TEST(RetryWait, GoesOnToTheNextEngineWhenNobodyAnswers) {
  const Error nobody(Code::upstream_unavailable, "connection refused");
  EXPECT_TRUE(retry_wait({}, nobody, {.last_resort = true}));
  EXPECT_FALSE(retry_wait({}, nobody, {.last_resort = false}));
  EXPECT_TRUE(retry_wait({}, Error(Code::upstream_unavailable, "x").upstream(500), {.last_resort = false}));
}

}  // namespace
}  // namespace sensorium::flow
