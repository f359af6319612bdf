// LimitedEngine: reservation and settlement, the provider's words, and what a chain makes of our limits.
#include "flow/limited_engine.h"

#include <gtest/gtest.h>

#include "exec/run_task.h"

namespace sensorium::flow {
namespace {

/// Answers as it is told.
class Told final : public ChatEngine {
 public:
  explicit Told(Result<Completion>& answer) : answer_(answer) {}
  EngineCard card(std::string_view) const override { return {}; }
  Task<Completion> complete(const CallContext&, const ChatRequest&, TokenSink&) override {
    co_return answer_;
  }

 private:
  Result<Completion>& answer_;
};

ChatRequest question(int max_tokens) {
  ChatRequest request;
  request.turns.push_back({Turn::Role::user, "What is this?", {}});
  request.max_tokens = max_tokens;
  return request;
}

struct Rig {
  explicit Rig(std::int64_t tpm)
      : gate(limits(tpm), {.name = "x", .id = "x"}), engine(std::make_unique<Told>(answer), gate, tpm) {}
  static GateLimits limits(std::int64_t tpm) {
    GateLimits limits;
    if (tpm > 0) limits.rates[1] = bucket_rate(tpm);
    return limits;
  }
  Result<Completion> ask(const ChatRequest& request, int ms = 50) {
    return run_task(engine.complete(CallContext().with_timeout(Milliseconds(ms)), request, sink));
  }
  Result<Completion> answer = Completion{};
  Gate gate;
  LimitedEngine engine;
  NullSink sink;
};

TEST(LimitedEngine, ReservesTheMostAndSettlesTheReal) {
  Rig rig(1000);
  rig.answer->usage = {.input_tokens = 10, .output_tokens = 90};
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(rig.ask(question(800))) << i;
  EXPECT_EQ(rig.ask(question(900)).error().code, Code::rate_limited);
  EXPECT_TRUE(rig.ask(question(700)));
}

TEST(LimitedEngine, AnAnswerLargerThanTheLimitIsNoReasonToRefuse) {
  Rig rig(1000);
  EXPECT_TRUE(rig.ask(question(4096)));
}

TEST(LimitedEngine, AQuestionLargerThanTheLimitIs) {
  Rig rig(1000);
  ChatRequest request = question(10);
  request.turns[0].text.assign(20'000, 'x');
  EXPECT_EQ(rig.ask(request).error().code, Code::model_limit);
}

TEST(LimitedEngine, StopsAfterALimitOfTheProvider) {
  Rig rig(0);
  rig.answer = Error(Code::upstream_rate_limited, "slow down").after(Milliseconds(30'000));
  EXPECT_EQ(rig.ask(question(1)).error().code, Code::upstream_rate_limited);
  rig.answer = Completion{};
  const auto next = rig.ask(question(1));
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, Code::rate_limited);
  EXPECT_GT(next.error().retry_after.value(), Milliseconds(25'000));
}

TEST(LimitedEngine, ReadsWhatIsLeft) {
  Rig rig(0);
  rig.answer->provider_limits.requests =
      LimitView::One{.limit = 2, .remaining = 0, .reset = Milliseconds(60'000)};
  EXPECT_TRUE(rig.ask(question(1)));
  const auto next = rig.ask(question(1));
  ASSERT_FALSE(next);
  EXPECT_LE(next.error().retry_after.value(), Milliseconds(30'000)) << "one of two is free after half of it";
}

TEST(LimitedEngine, InAChainTheNextIsAsked) {
  Rig rig(1000);
  rig.answer->usage = {.input_tokens = 900, .output_tokens = 90};
  EXPECT_TRUE(rig.ask(question(800)));
  ChatRequest request = question(800);
  request.last_resort = false;
  EXPECT_EQ(rig.ask(request).error().code, Code::upstream_rate_limited);
}

}  // namespace
}  // namespace sensorium::flow
