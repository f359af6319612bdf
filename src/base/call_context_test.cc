// Deadlines only shorten, stops only spread downwards.
#include "base/call_context.h"

#include <gtest/gtest.h>

#include <optional>
#include <thread>

namespace sensorium {
namespace {

using namespace std::chrono_literals;

TEST(CallContext, ByDefaultNeverEnds) {
  const CallContext context;
  EXPECT_TRUE(context.check());
  EXPECT_EQ(context.remaining(), Milliseconds::max());
  EXPECT_EQ(context.request_id(), "");
  EXPECT_FALSE(context.stopped());
}

TEST(CallContext, KeepsItsRequestIdInChildren) {
  const CallContext parent("req-1", TimePoint::max(), {});
  EXPECT_EQ(parent.with_timeout(1s).request_id(), "req-1");
  EXPECT_EQ(parent.with_stop({}).request_id(), "req-1");
}

TEST(CallContext, OnlyShortensDeadlines) {
  const CallContext parent = CallContext().with_timeout(1min);
  EXPECT_LE(parent.with_timeout(1s).remaining(), 1s);
  EXPECT_EQ(parent.with_timeout(1h).deadline(), parent.deadline());
  EXPECT_EQ(parent.with_timeout(Milliseconds::max()).deadline(), parent.deadline());
}

TEST(CallContext, ReportsAPastDeadline) {
  const CallContext late("r", SteadyClock::now() - 1s, {});
  EXPECT_EQ(late.check().error().code, Code::deadline_exceeded);
  EXPECT_FALSE(late.check().error().hint.empty());
  EXPECT_EQ(late.remaining(), 0ms);
  EXPECT_EQ(CallContext().with_timeout(0ms).check().error().code, Code::deadline_exceeded);
  EXPECT_EQ(CallContext().with_timeout(-5s).check().error().code, Code::deadline_exceeded);
}

TEST(CallContext, ReportsAStopBeforeADeadline) {
  std::stop_source source;
  const CallContext context("r", SteadyClock::now() - 1s, source.get_token());
  source.request_stop();
  EXPECT_TRUE(context.stopped());
  EXPECT_EQ(context.check().error().code, Code::cancelled);
}

TEST(StopScope, StopsItsChildrenAndNotItsParent) {
  std::stop_source source;
  const CallContext parent("r", TimePoint::max(), source.get_token());
  StopScope scope(parent);
  const CallContext child = scope.context().with_timeout(1h);
  EXPECT_FALSE(child.stopped());
  scope.stop();
  EXPECT_TRUE(child.stopped());
  EXPECT_FALSE(parent.stopped());
}

TEST(StopScope, HearsItsParentThroughSeveralLevels) {
  std::stop_source source;
  StopScope outer(CallContext("r", TimePoint::max(), source.get_token()));
  StopScope inner(outer.context());
  source.request_stop();
  EXPECT_TRUE(outer.context().stopped());
  EXPECT_TRUE(inner.context().stopped());
}

TEST(StopScope, BornUnderAStoppedParentIsStopped) {
  std::stop_source source;
  source.request_stop();
  StopScope scope(CallContext("r", TimePoint::max(), source.get_token()));
  EXPECT_EQ(scope.context().check().error().code, Code::cancelled);
}

TEST(StopScope, LeavesItsParentUsableWhenItEnds) {
  std::stop_source source;
  const CallContext parent("r", TimePoint::max(), source.get_token());
  std::optional<CallContext> survivor;
  {
    StopScope scope(parent);
    survivor = scope.context();
  }
  EXPECT_FALSE(survivor->stopped());
  source.request_stop();  // must not touch the scope that is gone
  EXPECT_TRUE(parent.stopped());
  EXPECT_FALSE(survivor->stopped());
}

TEST(StopScope, WithstandsAStopThatRacesItsEnd) {
  for (int round = 0; round < 500; ++round) {
    std::stop_source source;
    std::jthread stopper([&source] { source.request_stop(); });
    StopScope scope(CallContext("r", TimePoint::max(), source.get_token()));
    (void)scope.context().check();
  }
}

}  // namespace
}  // namespace sensorium
