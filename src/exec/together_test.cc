// Tasks at the same time: all end, the first failure stops the rest, a cancelled caller leaves none behind.
#include "exec/together.h"

#include <gmock/gmock.h>

#include "exec/run_task.h"
#include "exec/signal.h"

namespace sensorium {
namespace {

using namespace std::chrono_literals;

TEST(Together, NothingToDoIsDone) { EXPECT_TRUE(run_task(run_together({}, {}))); }

TEST(Together, TasksRunAtTheSameTime) {
  // Each waits for the other: one after the other they would never end.
  boost::asio::io_context io(1);
  Signal signal(io.get_executor());
  int arrived = 0;
  const TaskMaker meet = [&](CallContext ctx) -> Task<> {
    ++arrived;
    signal.notify();
    while (arrived < 2) SN_CO_TRY(co_await signal.wait(ctx));
    co_return Status{};
  };
  EXPECT_TRUE(run_task(io, run_together({}, {meet, meet})));
  EXPECT_EQ(arrived, 2);
}

TEST(Together, TheFirstFailureStopsTheOthersAndIsReturned) {
  bool stopped = false;
  const TaskMaker fails = [](CallContext) -> Task<> { co_return Error(Code::corrupt_media, "broken"); };
  const TaskMaker waits = [&](CallContext ctx) -> Task<> {
    co_await until_over(ctx);
    stopped = ctx.stopped();
    co_return ctx.check();
  };
  const auto outcome = run_task(run_together({}, {waits, fails, waits}));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Code::corrupt_media);
  EXPECT_TRUE(stopped);
}

TEST(Together, ACancelledCallerWaitsForItsTasks) {
  int ended = 0;
  const TaskMaker waits = [&](CallContext ctx) -> Task<> {
    struct Count {
      int& n;
      ~Count() { ++n; }
    } count{ended};
    co_await until_over(ctx);
    co_return ctx.check();
  };
  const CallContext ctx = CallContext().with_timeout(20ms);
  const auto outcome = run_task(guarded(ctx, run_together(ctx, {waits, waits})));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Code::deadline_exceeded);
  EXPECT_EQ(ended, 2);
}

TEST(Together, AContextThatIsOverRunsNothing) {
  bool ran = false;
  std::stop_source source;
  source.request_stop();
  const auto outcome = run_task(
      run_together(CallContext("", TimePoint::max(), source.get_token()), {[&](CallContext) -> Task<> {
                     ran = true;
                     co_return Status{};
                   }}));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Code::cancelled);
}

}  // namespace
}  // namespace sensorium
