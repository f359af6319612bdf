#include "workers/reader/reading_order.h"

#include <gmock/gmock.h>

#include <cmath>

namespace sensorium::reader {
namespace {

using testing::ElementsAre;

Quad box(float left, float top, float right, float bottom) {
  return {{{left, top}, {right, top}, {right, bottom}, {left, bottom}}};
}

Quad tilted(const Quad& quad, float angle) {
  Quad out;
  for (std::size_t i = 0; i < 4; ++i)
    out[i] = {quad[i].x * std::cos(angle) - quad[i].y * std::sin(angle),
              quad[i].x * std::sin(angle) + quad[i].y * std::cos(angle)};
  return out;
}

TEST(ReadingOrder, NothingAndOneLine) {
  EXPECT_TRUE(reading_order({}).empty());
  const std::vector<Quad> one{box(0, 0, 10, 5)};
  EXPECT_THAT(reading_order(one), ElementsAre(0));
}

TEST(ReadingOrder, RowsThenLeftToRight) {
  const std::vector<Quad> quads{box(0, 40, 300, 60), box(200, 1, 300, 21), box(0, 0, 150, 20)};
  EXPECT_THAT(reading_order(quads), ElementsAre(2, 1, 0));
}

TEST(ReadingOrder, TwoColumnsOneAfterTheOther) {
  std::vector<Quad> quads;
  for (float y = 0; y < 90; y += 30) {
    quads.push_back(box(0, y, 300, y + 20));
    quads.push_back(box(340, y, 640, y + 20));
  }
  EXPECT_THAT(reading_order(quads), ElementsAre(0, 2, 4, 1, 3, 5));
}

TEST(ReadingOrder, ATitleAboveAndAFooterBelowTheColumns) {
  std::vector<Quad> quads{box(100, 0, 540, 30)};
  for (float y = 40; y < 130; y += 30) {
    quads.push_back(box(0, y, 300, y + 20));
    quads.push_back(box(340, y, 640, y + 20));
  }
  quads.push_back(box(50, 140, 600, 160));
  EXPECT_THAT(reading_order(quads), ElementsAre(0, 1, 3, 5, 2, 4, 6, 7));
}

TEST(ReadingOrder, ATableIsReadRowByRow) {
  std::vector<Quad> quads;
  for (float y = 0; y < 120; y += 30) {
    quads.push_back(box(0, y, 90, y + 20));
    quads.push_back(box(300, y, 350, y + 20));
  }
  EXPECT_THAT(reading_order(quads), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
}

TEST(ReadingOrder, TheLabelsOfAnAxisAreNoColumn) {
  std::vector<Quad> quads{box(200, 0, 600, 24)};
  for (float y = 60; y < 300; y += 60) quads.push_back(box(0, y, 50, y + 20));
  for (float y = 70; y < 250; y += 60) quads.push_back(box(300, y, 360, y + 20));
  EXPECT_EQ(reading_order(quads)[0], 0u);
}

TEST(ReadingOrder, ATiltedPageIsReadAsIfItWereLevel) {
  std::vector<Quad> quads;
  for (float y = 0; y < 90; y += 30) {
    quads.push_back(tilted(box(0, y, 300, y + 24), 0.06F));
    quads.push_back(tilted(box(340, y, 640, y + 24), 0.06F));
  }
  EXPECT_THAT(reading_order(quads), ElementsAre(0, 2, 4, 1, 3, 5));
}

TEST(ReadingOrder, LinesOnTopOfEachOtherAreEachGivenOnce) {
  const std::vector<Quad> quads(50, box(0, 0, 100, 20));
  auto order = reading_order(quads);
  std::ranges::sort(order);
  ASSERT_EQ(order.size(), 50u);
  for (std::size_t i = 0; i < 50; ++i) EXPECT_EQ(order[i], i);
}

}  // namespace
}  // namespace sensorium::reader
