#include "workers/reader/finder.h"

#include <gmock/gmock.h>

namespace sensorium::reader {
namespace {

FoundLine line(float left, float top, float right, float bottom) {
  return {{{{left, top}, {right, top}, {right, bottom}, {left, bottom}}}, 0.9F};
}

TEST(FirstScale, EnlargesSmallPicturesAndShrinksLargeOnes) {
  EXPECT_FLOAT_EQ(first_scale({400, 400}), 736.0F / 400);
  EXPECT_FLOAT_EQ(first_scale({2560, 1280}), 0.5F);
  EXPECT_FLOAT_EQ(first_scale({1000, 800}), 1);
}

TEST(FirstScale, StaysSaneForStripsAndDots) {
  EXPECT_FLOAT_EQ(first_scale({1, 1}), 3);
  EXPECT_LT(first_scale({100'000, 1}), 0.02F);
  EXPECT_GT(first_scale({0, 0}), 0);
}

TEST(Merged, TheFinerLookLeadsForSmallText) {
  const auto lines = merged({line(0, 0, 100, 22)}, {line(0, 0, 100, 10), line(0, 12, 100, 22)}, 1);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(bounds(lines[0].quad).bottom, 10);
}

TEST(Merged, TheCoarseLookKeepsLargeText) {
  const auto lines = merged({line(0, 0, 400, 100)}, {line(0, 60, 90, 98), line(0, 0, 800, 104)}, 1);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(bounds(lines[0].quad).right, 400);
}

TEST(Merged, NothingIsLostWhenOnlyOneLookSawIt) {
  EXPECT_EQ(merged({line(0, 0, 100, 20)}, {line(0, 50, 100, 60)}, 1).size(), 2u);
  EXPECT_EQ(merged({}, {line(0, 0, 400, 200)}, 1).size(), 1u);
  EXPECT_TRUE(merged({}, {}, 1).empty());
}

}  // namespace
}  // namespace sensorium::reader
