// hedge(): who wins, who is stopped, what failures do; PacedEngine: late and slow streams.
#include "flow/hedge.h"

#include <gtest/gtest.h>

#include "exec/guard.h"
#include "exec/run_task.h"
#include "flow/paced_engine.h"

namespace sensorium::flow {
namespace {

using Winner = HedgeOutcome::Winner;

class Collected final : public TokenSink {
 public:
  Task<> text(std::string_view piece) override {
    all += piece;
    co_return Status{};
  }
  std::string all;
};

Task<> speak(const CallContext& ctx, TokenSink& sink, Milliseconds silence, std::string words, Status end) {
  if (silence.count() > 0) SN_CO_TRY(co_await sleep_for(ctx, silence));
  for (const char letter : words) {
    SN_CO_TRY(co_await sink.text(std::string_view(&letter, 1)));
    SN_CO_TRY(co_await sleep_for(ctx, Milliseconds(1)));
  }
  co_return end;
}

Contender says(std::string words, int silence_ms, Status end = {}) {
  return [=](const CallContext& ctx, TokenSink& sink) {
    return speak(ctx, sink, Milliseconds(silence_ms), words, end);
  };
}

struct Outcome {
  HedgeOutcome hedge;
  std::string text;
};
Outcome contest(int after_ms, Contender first, Contender second, bool may_begin = true) {
  Collected sink;
  auto done = run_task(hedge(
      {}, Milliseconds(after_ms), std::move(first), std::move(second), [=] { return may_begin; }, sink));
  EXPECT_TRUE(done);
  return {std::move(*done), sink.all};
}

constexpr int never = 1'000'000;

TEST(Hedge, AQuickFirstIsAskedAlone) {
  const auto done = contest(5000, says("first", 0), says("second", 0));
  EXPECT_EQ(done.hedge.winner, Winner::first);
  EXPECT_EQ(done.text, "first");
  EXPECT_FALSE(done.hedge.second);
}

TEST(Hedge, ASilentFirstIsStopped) {
  const auto done = contest(5, says("first", never), says("second", 0));
  EXPECT_EQ(done.hedge.winner, Winner::second);
  EXPECT_EQ(done.text, "second");
  EXPECT_EQ(done.hedge.first->error().code, Code::cancelled);
}

TEST(Hedge, TheFirstMayStillWin) {
  const auto done = contest(1, says("first", 30), says("second", never));
  EXPECT_EQ(done.hedge.winner, Winner::first);
  EXPECT_EQ(done.text, "first");
  EXPECT_EQ(done.hedge.second->error().code, Code::cancelled);
}

TEST(Hedge, AFailureHandsOverAtOnce) {
  const auto done = contest(never, says("", 0, Error(Code::upstream_overloaded, "")), says("second", 0));
  EXPECT_EQ(done.hedge.winner, Winner::second);
  EXPECT_EQ(done.text, "second");
}

TEST(Hedge, AFinalFailureDoesNot) {
  const auto done = contest(never, says("", 0, Error(Code::invalid_request, "")), says("second", 0));
  EXPECT_EQ(done.hedge.winner, Winner::nobody);
  EXPECT_FALSE(done.hedge.second);
}

TEST(Hedge, OfTwoFailuresNobodyWins) {
  const auto done = contest(1, says("", 20, Error(Code::upstream_overloaded, "")),
                            says("", 0, Error(Code::upstream_timeout, "")));
  EXPECT_EQ(done.hedge.winner, Winner::nobody);
  EXPECT_EQ(done.hedge.first->error().code, Code::upstream_overloaded);
  EXPECT_EQ(done.hedge.second->error().code, Code::upstream_timeout);
}

TEST(Hedge, MoneyForbidsTheSecondBesideTheFirstOnly) {
  auto done = contest(1, says("first", 30), says("second", 0), false);
  EXPECT_EQ(done.text, "first");
  EXPECT_FALSE(done.hedge.second);
  done = contest(1, says("", 30, Error(Code::upstream_overloaded, "")), says("second", 0), false);
  EXPECT_EQ(done.text, "second");
}

TEST(Hedge, EndsWithItsCaller) {
  Collected sink;
  const auto done = run_task(hedge(
      CallContext().with_timeout(Milliseconds(20)), Milliseconds(1), says("a", never), says("b", never),
      [] { return true; }, sink));
  EXPECT_EQ(done.error().code, Code::deadline_exceeded);
}

// ---- pace

class Slow final : public ChatEngine {
 public:
  Slow(int silence_ms, int gap_ms) : silence_(silence_ms), gap_(gap_ms) {}
  EngineCard card(std::string_view) const override { return {}; }
  Task<Completion> complete(const CallContext& ctx, const ChatRequest&, TokenSink& sink) override {
    SN_CO_TRY(co_await sleep_for(ctx, silence_));
    for (int i = 0; i < 20; ++i) {
      SN_CO_TRY(co_await sink.text("word and "));
      if (gap_.count() > 0) SN_CO_TRY(co_await sleep_for(ctx, gap_));
    }
    Completion completion;
    completion.text = "all";
    co_return completion;
  }

 private:
  Milliseconds silence_, gap_;
};

Result<Completion> paced(int silence_ms, int gap_ms, Pace pace, bool last_resort, std::string& text) {
  PacedEngine engine(std::make_unique<Slow>(silence_ms, gap_ms), pace);
  Collected sink;
  ChatRequest request;
  request.stream = true;
  request.last_resort = last_resort;
  auto done = run_task(engine.complete({}, request, sink));
  text = sink.all;
  return done;
}

constexpr std::size_t whole = 20 * std::string_view("word and ").size();

TEST(PacedEngine, PassesOnWhatIsQuickEnough) {
  std::string text;
  EXPECT_TRUE(paced(1, 0, {.first_token = Milliseconds(5000), .tokens_per_s = 10}, false, text));
  EXPECT_EQ(text.size(), whole);
  EXPECT_TRUE(paced(1, 0, {.first_token = Milliseconds(5000)}, false, text));
  EXPECT_EQ(text.size(), whole);
}

TEST(PacedEngine, FailsWhatDoesNotBegin) {
  std::string text;
  const auto done = paced(never, 0, {.first_token = Milliseconds(20)}, false, text);
  EXPECT_EQ(done.error().code, Code::upstream_timeout);
  EXPECT_TRUE(text.empty());
}

TEST(PacedEngine, FailsWhatCrawlsBeforeAnybodySawIt) {
  std::string text;
  const auto done = paced(0, 50, {.first_token = Milliseconds(5000), .tokens_per_s = 200}, false, text);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::upstream_timeout);
  EXPECT_TRUE(text.empty());
}

TEST(PacedEngine, TheLastResortMayBeSlow) {
  std::string text;
  EXPECT_TRUE(paced(30, 1, {.first_token = Milliseconds(5), .tokens_per_s = 10'000}, true, text));
  EXPECT_EQ(text.size(), whole);
}

}  // namespace
}  // namespace sensorium::flow
