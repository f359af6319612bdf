// guarded(): results pass, deadlines and stops cut, and the loser's locals stay valid.
#include "exec/guard.h"

#include <gmock/gmock.h>

#include <random>
#include <thread>

#include "exec/run_task.h"

namespace sensorium {
namespace {

using namespace std::chrono_literals;
using boost::asio::steady_timer;

Task<int> at_once(int value) { co_return value; }
Task<int> failing() { co_return Error(Code::upstream_auth, "refused"); }

struct Alive {
  explicit Alive(int& count) : count(count) { ++count; }
  ~Alive() { --count; }
  Alive(const Alive&) = delete;
  int& count;
};

// Waits until cancelled, then still writes to a local of its caller, as an unwinding upstream call does.
Task<int> endless(int& unwound, int& alive) {
  const Alive here(alive);
  steady_timer timer(co_await boost::asio::this_coro::executor, TimePoint::max());
  co_await timer.async_wait(as_result);
  ++unwound;
  co_return Error(Code::internal, "cancelled operation");
}

struct Outcome {
  Code code;
  int unwound = 0, alive = 0;
};

Task<> guard_endless(CallContext context, Outcome& outcome) {
  const auto result = co_await guarded(context, endless(outcome.unwound, outcome.alive));
  EXPECT_FALSE(result);
  if (!result) outcome.code = result.error().code;
  co_return Status{};
}

TEST(Guarded, PassesValuesAndErrorsOn) {
  EXPECT_EQ(run_task(guarded({}, at_once(5))).value(), 5);
  EXPECT_EQ(run_task(guarded({}, failing())).error().code, Code::upstream_auth);
  EXPECT_EQ(run_task(guarded(CallContext().with_timeout(1h), at_once(6))).value(), 6);
}

TEST(Guarded, DoesNotStartWhatIsAlreadyOver) {
  Outcome outcome{};
  EXPECT_TRUE(run_task(guard_endless(CallContext().with_timeout(0ms), outcome)));
  EXPECT_EQ(outcome.code, Code::deadline_exceeded);
  EXPECT_EQ(outcome.unwound, 0);
}

TEST(Guarded, EndsAtTheDeadlineAndWaitsForTheLoser) {
  Outcome outcome{};
  const auto start = SteadyClock::now();
  EXPECT_TRUE(run_task(guard_endless(CallContext().with_timeout(20ms), outcome)));
  EXPECT_EQ(outcome.code, Code::deadline_exceeded);
  EXPECT_EQ(outcome.unwound, 1);
  EXPECT_EQ(outcome.alive, 0);
  EXPECT_GE(SteadyClock::now() - start, 19ms);
}

TEST(Guarded, EndsWhenStoppedFromAnotherThread) {
  std::stop_source source;
  Outcome outcome{};
  std::jthread stopper([&source] { source.request_stop(); });
  EXPECT_TRUE(run_task(guard_endless(CallContext("r", TimePoint::max(), source.get_token()), outcome)));
  EXPECT_EQ(outcome.code, Code::cancelled);
  EXPECT_EQ(outcome.alive, 0);
}

TEST(Guarded, NestsAndTheInnerDeadlineSpeaks) {
  Outcome outcome{};
  const auto outer = CallContext().with_timeout(1h);
  EXPECT_TRUE(run_task(guarded(outer, guard_endless(outer.with_timeout(10ms), outcome))));
  EXPECT_EQ(outcome.code, Code::deadline_exceeded);
}

TEST(SleepFor, SleepsItsTime) {
  const auto start = SteadyClock::now();
  EXPECT_TRUE(run_task(sleep_for({}, 20ms)));
  EXPECT_GE(SteadyClock::now() - start, 19ms);
}

TEST(SleepFor, WakesWithAnErrorWhenTheCallEnds) {
  EXPECT_EQ(run_task(sleep_for(CallContext().with_timeout(10ms), 1h)).error().code, Code::deadline_exceeded);
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(run_task(sleep_for(CallContext("r", TimePoint::max(), source.get_token()), 1h)).error().code,
            Code::cancelled);
}

TEST(Guarded, StopsWithinAHundredMilliseconds) {
  std::stop_source source;
  Outcome outcome{};
  std::atomic<TimePoint::rep> asked = 0;
  std::jthread stopper([&] {
    asked = SteadyClock::now().time_since_epoch().count();
    source.request_stop();
  });
  EXPECT_TRUE(run_task(guard_endless(CallContext("r", TimePoint::max(), source.get_token()), outcome)));
  EXPECT_LT(SteadyClock::now().time_since_epoch() - SteadyClock::duration(asked.load()), 100ms);
}

TEST(Guarded, SurvivesAThousandRandomCancellations) {
  constexpr std::size_t calls = 1'000;
  std::mt19937 random(11);
  std::vector<std::stop_source> sources(calls);
  std::vector<Outcome> outcomes(calls);
  std::vector<Task<>> tasks;
  for (std::size_t i = 0; i < calls; ++i) {
    const auto deadline = SteadyClock::now() + std::chrono::microseconds(random() % 30'000);
    tasks.push_back(guard_endless(CallContext("r", deadline, sources[i].get_token()), outcomes[i]));
  }
  boost::asio::io_context io(1);
  std::jthread stopper([&] {
    for (std::size_t i = 0; i < calls; ++i) sources[random() % calls].request_stop();
  });
  for (const auto& result : run_tasks(io, std::move(tasks))) EXPECT_TRUE(result);
  for (const Outcome& outcome : outcomes) {
    EXPECT_EQ(outcome.alive, 0);
    EXPECT_TRUE(outcome.code == Code::cancelled || outcome.code == Code::deadline_exceeded);
  }
}

}  // namespace
}  // namespace sensorium
