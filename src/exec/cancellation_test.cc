// Waiting after a cancellation, work on its own, and rings of other threads that a waiting coroutine must not
// lose.
#include "exec/cancellation.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "exec/guard.h"
#include "exec/run_task.h"
#include "exec/waker.h"

namespace sensorium {
namespace {

Task<int> count_rings(int wanted, std::atomic<int>& made, std::jthread& other) {
  const Waker bell;
  other = std::jthread([bell, &made, wanted] {
    for (int i = 0; i < wanted; ++i) {
      ++made;
      bell.wake();
      if (i % 7 == 0) std::this_thread::yield();
    }
  });
  int woken = 0;
  while (made < wanted || woken == 0) {
    if (!co_await bell.wait({})) break;
    ++woken;
  }
  other.join();  // the loop must outlive the last ring
  co_return woken;
}

TEST(Cancellation, NoRingOfAnotherThreadIsLost) {
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> made = 0;
    std::jthread other;
    const auto woken = run_task(count_rings(200, made, other));
    ASSERT_TRUE(woken);
    EXPECT_GE(*woken, 1);
    EXPECT_LE(*woken, 200);
  }
}

Task<bool> ring_first() {
  const Waker bell;
  bell.wake();
  bell.wake();
  co_return co_await bell.wait({});
}

TEST(Cancellation, RingBeforeTheSleepCounts) { EXPECT_EQ(run_task(ring_first()), true); }

Task<bool> sleep_for_ever(bool& told, bool& tidied) {
  const Waker bell;
  co_await outlive_cancellation();
  told = !co_await bell.wait({});
  co_await ignore_cancellation();
  bell.wake();
  tidied = (co_await bell.wait({})).value_or(false);
  co_return true;
}

TEST(Cancellation, CancellationEndsTheSleepAndTidyingUpMayGoOn) {
  bool told = false, tidied = false;
  const auto done =
      run_task(guarded(CallContext().with_timeout(Milliseconds(20)), sleep_for_ever(told, tidied)));
  EXPECT_TRUE(told);
  EXPECT_TRUE(tidied) << "it was waited for";
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::deadline_exceeded);
}

Task<> set_later(bool& flag, Waker bell) {
  SN_CO_TRY(co_await sleep_for(CallContext(), Milliseconds(5)));
  flag = true;
  bell.wake();
  co_return Status{};
}

Task<bool> start_and_wait(bool& flag) {
  const Waker bell;
  co_await start_here(set_later(flag, bell));
  EXPECT_FALSE(flag);
  co_return co_await bell.wait({});
}

TEST(Cancellation, WorkStartedHereRunsOnItsOwn) {
  bool flag = false;
  EXPECT_EQ(run_task(start_and_wait(flag)), true);
  EXPECT_TRUE(flag);
}

}  // namespace
}  // namespace sensorium
