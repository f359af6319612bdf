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
  RetryingEngine engine(std::make_unique<Flaky>(failures, code, text_first, calls), quick);
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

TEST(RetryWait, ObeysRetryAfterAndTheDeadline) {
  const Error limited = Error(Code::upstream_rate_limited, "x").after(Milliseconds(3000));
  EXPECT_EQ(retry_wait(RetryPolicy{}, limited, 0, Milliseconds(60'000), 0), Milliseconds(3000));
  EXPECT_EQ(retry_wait(RetryPolicy{}, limited, 0, Milliseconds(2000), 0), std::nullopt);
  const Error tomorrow = Error(Code::upstream_rate_limited, "x").after(Milliseconds(86'400'000));
  EXPECT_EQ(retry_wait(RetryPolicy{}, tomorrow, 0, Milliseconds::max(), 0), std::nullopt);
  const Error busy(Code::upstream_overloaded, "x");
  EXPECT_EQ(retry_wait(RetryPolicy{}, busy, 1, Milliseconds::max(), 0), Milliseconds(1000));
  EXPECT_EQ(retry_wait(RetryPolicy{}, busy, 1, Milliseconds::max(), 1), Milliseconds(750));
}

}  // namespace
}  // namespace sensorium::flow
