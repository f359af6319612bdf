// Waker: woken early, woken from other threads, time, stops; a storm of wake-ups loses none.
#include "exec/waker.h"

#include <gtest/gtest.h>

#include <thread>

#include "exec/run_task.h"

namespace sensorium {
namespace {

TEST(Waker, KeepsAWakeThatCameFirst) {
  Waker waker;
  waker.wake();
  waker.wake();
  EXPECT_TRUE(*run_task(waker.wait({})));
  EXPECT_FALSE(*run_task(waker.wait({}, SteadyClock::now() + Milliseconds(1))));
}

TEST(Waker, ReturnsWhenTheTimeHasPassed) {
  Waker waker;
  EXPECT_FALSE(*run_task(waker.wait({}, TimePoint::min())));
}

TEST(Waker, ComesFromAnotherThread) {
  Waker waker;
  std::jthread thread([waker] { waker.wake(); });
  EXPECT_TRUE(*run_task(waker.wait({})));
}

TEST(Waker, EndsWithItsContext) {
  Waker waker;
  EXPECT_EQ(run_task(waker.wait(CallContext().with_timeout(Milliseconds(1)))).error().code,
            Code::deadline_exceeded);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(run_task(waker.wait(CallContext().with_stop(stop.get_token()))).error().code, Code::cancelled);
  std::stop_source later;
  std::jthread stopper([&later] { later.request_stop(); });
  EXPECT_EQ(run_task(waker.wait(CallContext().with_stop(later.get_token()))).error().code, Code::cancelled);
}

Task<int> count_wakes(const Waker& waker, std::atomic<int>& given, int wanted) {
  int seen = 0;
  while (given.load() < wanted || seen == 0) {
    if (!SN_CO_TRY(co_await waker.wait({}, SteadyClock::now() + Milliseconds(200)))) break;
    ++seen;
  }
  co_return seen;
}

TEST(Waker, StormFromManyThreads) {
  Waker waker;
  std::atomic<int> given = 0;
  std::vector<std::jthread> wakers;
  for (int i = 0; i < 4; ++i)
    wakers.emplace_back([&] {
      for (int n = 0; n < 500; ++n) waker.wake(), ++given;
    });
  const auto seen = run_task(count_wakes(waker, given, 2000));
  ASSERT_TRUE(seen);
  EXPECT_GE(*seen, 1);
}

}  // namespace
}  // namespace sensorium
