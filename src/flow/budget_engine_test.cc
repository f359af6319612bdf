// BudgetEngine: what is stopped before it is sent, and what is booked.
#include "flow/budget_engine.h"

#include <gtest/gtest.h>

#include "exec/run_task.h"

namespace sensorium::flow {
namespace {

const CallContext anyone;

/// A dollar for a million tokens in, two for a million out.
class Priced final : public ChatEngine {
 public:
  Priced(int& calls, Result<Completion> answer, bool text_first = false, bool known = true)
      : calls_(calls), answer_(std::move(answer)), text_first_(text_first), known_(known) {}
  EngineCard card(std::string_view) const override {
    EngineCard card;
    card.name = "test/m";
    if (known_) card.price = Price{.input = 1, .output = 2, .cached_input = 1};
    return card;
  }
  Task<Completion> complete(const CallContext&, const ChatRequest&, TokenSink& sink) override {
    ++calls_;
    if (text_first_) SN_CO_TRY(co_await sink.text("forty characters of text, more or less.."));
    co_return answer_;
  }

 private:
  int& calls_;
  Result<Completion> answer_;
  bool text_first_, known_;
};

Result<Completion> thousand_tokens() {
  Completion completion;
  completion.text = "yes";
  completion.usage = {.input_tokens = 1000, .output_tokens = 1000, .from_provider = true};
  return completion;
}

struct Fixture : testing::Test {
  int calls = 0;
  store::Ledger ledger{nullptr};
  std::optional<double> daily;
  BudgetSharing sharing{ledger, [this](std::string_view) { return daily; }};

  Result<Completion> ask(Result<Completion> answer, std::shared_ptr<Allowance> allowance = {},
                         bool text_first = false, bool known = true) {
    BudgetEngine engine(std::make_unique<Priced>(calls, std::move(answer), text_first, known), "test",
                        sharing);
    ChatRequest request;
    request.model = "m";
    request.max_tokens = 1000;  // at most 0.002 USD
    request.turns.push_back({Turn::Role::user, "?", {}});
    request.caller = "alice";
    request.allowance = std::move(allowance);
    NullSink sink;
    return run_task(engine.complete(anyone, request, sink));
  }
  static std::shared_ptr<Allowance> usd(double limit) {
    return std::make_shared<Allowance>(Allowance{.limit = limit});
  }
};
using BudgetEngineTest = Fixture;

TEST_F(BudgetEngineTest, BooksTheRealCost) {
  ASSERT_TRUE(ask(thousand_tokens()));
  EXPECT_NEAR(ledger.spent_today("alice"), 0.003, 1e-9);
}

TEST_F(BudgetEngineTest, StopsBeforeTheCallThatWouldExceedTheQuestion) {
  const auto small = usd(0.001);
  EXPECT_EQ(ask(thousand_tokens(), small).error().code, Code::budget_exhausted);
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(small->spent, 0);
  const auto enough = usd(0.004);
  ASSERT_TRUE(ask(thousand_tokens(), enough));
  EXPECT_NEAR(enough->spent, 0.003, 1e-9);
  EXPECT_EQ(ask(thousand_tokens(), enough).error().code, Code::budget_exhausted) << "the second call of it";
  EXPECT_EQ(calls, 1);
}

TEST_F(BudgetEngineTest, StopsBeforeTheCallThatWouldExceedTheDay) {
  daily = 0.007;
  ASSERT_TRUE(ask(thousand_tokens()));
  ASSERT_TRUE(ask(thousand_tokens()));
  const auto third = ask(thousand_tokens());
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, Code::budget_exhausted);
  EXPECT_NE(third.error().message.find("alice"), std::string::npos);
  EXPECT_EQ(calls, 2);
}

TEST_F(BudgetEngineTest, UnknownPriceIsRefusedOnlyWithALimit) {
  EXPECT_TRUE(ask(thousand_tokens(), {}, false, false));
  EXPECT_EQ(ask(thousand_tokens(), usd(100), false, false).error().code, Code::budget_exhausted);
  daily = 100;
  EXPECT_EQ(ask(thousand_tokens(), {}, false, false).error().code, Code::budget_exhausted);
  EXPECT_EQ(calls, 1);
}

TEST_F(BudgetEngineTest, FailureBeforeTheFirstWordCostsNothing) {
  const auto allowance = usd(0.0025);
  EXPECT_FALSE(ask(Error(Code::upstream_overloaded, "no"), allowance));
  EXPECT_EQ(allowance->spent, 0);
  EXPECT_EQ(ledger.spent_today("alice"), 0);
  EXPECT_TRUE(ask(thousand_tokens(), allowance)) << "the next engine of the chain may still be asked";
}

TEST_F(BudgetEngineTest, AnswerThatBrokeOffIsBookedByWhatCame) {
  EXPECT_FALSE(ask(Error(Code::upstream_broken_stream, "no"), {}, true));
  EXPECT_GT(ledger.spent_today("alice"), 0);
  EXPECT_LT(ledger.spent_today("alice"), 0.002);
}

}  // namespace
}  // namespace sensorium::flow
