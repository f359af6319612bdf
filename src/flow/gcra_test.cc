// Gcra: spacing, bursts, corrections; the strict shape under a minute's window with delays on the way.
#include "flow/gcra.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace sensorium::flow {
namespace {

using std::chrono::seconds;
constexpr TimePoint start{std::chrono::hours(1)};

/// Sends whenever it may; the times at which requests leave.
std::vector<TimePoint> send_for(Gcra& gcra, seconds time) {
  std::vector<TimePoint> sent;
  for (TimePoint now = start; now < start + time;) {
    const auto wait = gcra.wait(now, 1);
    now += wait;
    if (wait > Nanoseconds(0)) continue;
    gcra.take(now, 1);
    sent.push_back(now);
  }
  return sent;
}

std::size_t most_in_a_minute(std::vector<TimePoint> times) {
  std::ranges::sort(times);
  std::size_t most = 0, first = 0;
  for (std::size_t last = 0; last < times.size(); ++last) {
    while (times[last] - times[first] >= seconds(60)) ++first;
    most = std::max(most, last - first + 1);
  }
  return most;
}

TEST(Gcra, StrictRateHoldsInEveryMinuteEvenWithDelays) {
  std::minstd_rand random(7);
  std::uniform_int_distribution<int> delay(0, 999);
  for (const std::int64_t limit : {1, 2, 3, 10, 60, 600, 5000}) {
    Gcra gcra(strict_rate(limit));
    auto times = send_for(gcra, seconds(300));
    EXPECT_GE(static_cast<double>(times.size()), 0.95 * 5 * static_cast<double>(limit)) << limit;
    for (auto& time : times) time += Milliseconds(delay(random));
    EXPECT_LE(most_in_a_minute(times), static_cast<std::size_t>(limit)) << limit;
  }
}

TEST(Gcra, BucketLetsAMinutesWorthPassAtOnce) {
  Gcra gcra(bucket_rate(60));
  for (int i = 0; i < 60; ++i) {
    EXPECT_EQ(gcra.wait(start, 1), Nanoseconds(0)) << i;
    gcra.take(start, 1);
  }
  EXPECT_EQ(gcra.wait(start, 1), seconds(1));
  EXPECT_EQ(gcra.wait(start + seconds(1), 1), Nanoseconds(0));
  EXPECT_EQ(gcra.wait_behind(start, 4, 1), seconds(5));
}

TEST(Gcra, MoreThanTheBurstPassesWhenAllIsFree) {
  Gcra gcra(strict_rate(6400));
  EXPECT_EQ(gcra.wait(start, 3000), Nanoseconds(0));
  gcra.take(start, 3000);
  EXPECT_GT(gcra.wait(start, 1), seconds(20));
}

TEST(Gcra, CorrectionsMoveTheNextTime) {
  Gcra gcra(bucket_rate(60));
  gcra.take(start, 60);
  gcra.adjust(-30);  // only half was used
  EXPECT_EQ(gcra.wait(start, 30), Nanoseconds(0));
  gcra.adjust(60);
  EXPECT_EQ(gcra.wait(start, 1), seconds(31));
}

TEST(Gcra, ProvidersTightenAndNeverLoosen) {
  Gcra gcra(bucket_rate(60));
  gcra.tighten(start, 2);
  EXPECT_EQ(gcra.wait(start, 2), Nanoseconds(0));
  EXPECT_EQ(gcra.wait(start, 3), seconds(1));
  gcra.tighten(start, 1'000'000);
  EXPECT_EQ(gcra.wait(start, 3), seconds(1));
  gcra.tighten(start, -5);
  EXPECT_EQ(gcra.wait(start, 1), seconds(1));
  gcra.block_until(start + seconds(9));
  gcra.block_until(start + seconds(4));
  EXPECT_EQ(gcra.wait(start, 1), seconds(9));
}

}  // namespace
}  // namespace sensorium::flow
