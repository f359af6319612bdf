// Breaker and BreakingEngine: what opens, what does not, one probe, and pauses that grow.
#include "flow/breaker.h"

#include <gtest/gtest.h>

#include "exec/run_task.h"
#include "flow/breaking_engine.h"

namespace sensorium::flow {
namespace {

using Kind = Breaker::Kind;
constexpr TimePoint start{std::chrono::hours(1)};
constexpr std::chrono::seconds second{1};

void calls(Breaker& breaker, TimePoint now, int count, CallEnd end) {
  for (int i = 0; i < count; ++i) breaker.record(now, Kind::ordinary, end);
}

TEST(Breaker, OpensWhenMostCallsFail) {
  Breaker breaker("x", {});
  calls(breaker, start, 8, CallEnd::good);
  calls(breaker, start, 11, CallEnd::failed);
  EXPECT_EQ(breaker.state(), BreakerState::closed) << "too few to judge";
  calls(breaker, start, 1, CallEnd::failed);
  EXPECT_EQ(breaker.state(), BreakerState::open);
  EXPECT_EQ(breaker.admit(start + second), std::nullopt);
  EXPECT_EQ(breaker.wait(start + second), Milliseconds(4000));
}

TEST(Breaker, LivesWithAThirdOfFailures) {
  Breaker breaker("x", {});
  for (int i = 0; i < 3000; ++i)
    breaker.record(start + Milliseconds(10) * i, Kind::ordinary,
                   i % 3 == 0 ? CallEnd::failed : CallEnd::good);
  EXPECT_EQ(breaker.state(), BreakerState::closed);
}

TEST(Breaker, OpensForSlowness) {
  Breaker breaker("x", {});
  calls(breaker, start, 3, CallEnd::good);
  calls(breaker, start, 17, CallEnd::slow);
  EXPECT_EQ(breaker.state(), BreakerState::open);
}

TEST(Breaker, ForgetsWhatIsOld) {
  Breaker breaker("x", {});
  calls(breaker, start, 19, CallEnd::failed);
  calls(breaker, start + 40 * second, 1, CallEnd::failed);
  EXPECT_EQ(breaker.state(), BreakerState::closed);
}

TEST(Breaker, OpensSoonWhereNobodyAnswers) {
  Breaker breaker("x", {});
  calls(breaker, start, 4, CallEnd::nobody);
  calls(breaker, start, 1, CallEnd::good);
  calls(breaker, start, 4, CallEnd::nobody);
  EXPECT_EQ(breaker.state(), BreakerState::closed);
  calls(breaker, start, 1, CallEnd::nobody);
  EXPECT_EQ(breaker.state(), BreakerState::open);
}

TEST(Breaker, LetsOneProbeThroughAndGrowsItsPauses) {
  Breaker breaker("x", {});
  calls(breaker, start, 5, CallEnd::nobody);
  TimePoint now = start + 5 * second;
  EXPECT_EQ(breaker.admit(now), Kind::probe);
  EXPECT_EQ(breaker.state(), BreakerState::half_open);
  EXPECT_EQ(breaker.admit(now), std::nullopt) << "one at a time";
  breaker.record(now, Kind::ordinary, CallEnd::good);
  EXPECT_EQ(breaker.state(), BreakerState::half_open) << "a call from before says nothing";
  breaker.record(now, Kind::probe, CallEnd::neutral);
  EXPECT_EQ(breaker.admit(now), Kind::probe) << "a cancelled probe is given back";
  breaker.record(now, Kind::probe, CallEnd::failed);
  EXPECT_EQ(breaker.wait(now), Milliseconds(10'000));
  now += 10 * second;
  EXPECT_EQ(breaker.admit(now), Kind::probe);
  breaker.record(now, Kind::probe, CallEnd::good);
  EXPECT_EQ(breaker.admit(now), Kind::ordinary);
}

TEST(CallEnd, OfErrors) {
  const auto end = [](Error error) {
    return call_end(Result<Completion>(std::move(error)), Milliseconds(10));
  };
  EXPECT_EQ(end(Error(Code::upstream_unavailable, "")), CallEnd::nobody);
  EXPECT_EQ(end(Error(Code::upstream_unavailable, "").upstream(500)), CallEnd::failed);
  EXPECT_EQ(end(Error(Code::upstream_rate_limited, "")), CallEnd::neutral);
  EXPECT_EQ(end(Error(Code::upstream_auth, "").upstream(401)), CallEnd::refused);
  EXPECT_EQ(end(Error(Code::upstream_auth, "").upstream(403)), CallEnd::neutral) << "perhaps one model only";
  EXPECT_EQ(end(Error(Code::cancelled, "")), CallEnd::neutral);
  Completion late;
  late.first_token = Milliseconds(11);
  EXPECT_EQ(call_end(late, Milliseconds(10)), CallEnd::slow);
}

/// Fails as it is told, by model.
class Told final : public ChatEngine {
 public:
  EngineCard card(std::string_view) const override { return {}; }
  Task<Completion> complete(const CallContext&, const ChatRequest& request, TokenSink&) override {
    ++calls;
    if (request.model == "dead") co_return Error(Code::upstream_unavailable, "connection refused");
    if (request.model == "broken") co_return Error(Code::upstream_unavailable, "500").upstream(500);
    if (request.model == "broke") co_return Error(Code::upstream_quota, "no money");
    co_return Completion{};
  }
  int calls = 0;
};

struct States final : FlowObserver {
  void breaker(std::string_view, BreakerState state) override { seen.push_back(state); }
  std::vector<BreakerState> seen;
};

struct Rig {
  Rig() {
    auto made = std::make_unique<Told>();
    told = made.get();
    engine = std::make_unique<BreakingEngine>(std::move(made), breakers);
  }
  Result<Completion> ask(const std::string& model, bool last_resort = true) {
    ChatRequest request;
    request.model = model;
    request.last_resort = last_resort;
    NullSink sink;
    return run_task(engine->complete({}, request, sink));
  }
  States states;
  BreakerSet breakers{"x", {}, &states};
  Told* told = nullptr;
  std::unique_ptr<BreakingEngine> engine;
};

TEST(BreakingEngine, LeavesTheDeadAlone) {
  Rig rig;
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(rig.ask("dead"));
  EXPECT_EQ(rig.told->calls, 5);
  const auto refused = rig.ask("another model of the same engine");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::upstream_unavailable);
  EXPECT_GT(refused.error().retry_after.value(), Milliseconds(3000));
  EXPECT_EQ(rig.states.seen, (std::vector{BreakerState::closed, BreakerState::open}));
}

TEST(BreakingEngine, OneModelDoesNotClose) {
  Rig rig;
  for (int i = 0; i < 40; ++i) EXPECT_FALSE(rig.ask("broken"));
  EXPECT_EQ(rig.told->calls, 20);
  EXPECT_TRUE(rig.ask("good"));
}

TEST(BreakingEngine, WithoutMoneyTheNextIsAsked) {
  Rig rig;
  EXPECT_EQ(rig.ask("broke", false).error().code, Code::upstream_quota);
  EXPECT_EQ(rig.ask("broke", false).error().code, Code::upstream_quota);
  EXPECT_EQ(rig.told->calls, 1);
  EXPECT_EQ(rig.ask("broke", true).error().code, Code::upstream_quota);
  EXPECT_TRUE(rig.ask("good", true)) << "who has nobody else asks again";
  EXPECT_EQ(rig.told->calls, 3);
}

}  // namespace
}  // namespace sensorium::flow
