#include "workers/reader/line_map.h"

#include <gmock/gmock.h>

#include <cmath>

namespace sensorium::reader {
namespace {

struct Map {
  media::Size size;
  std::vector<float> values;
  explicit Map(media::Size s) : size(s), values(static_cast<std::size_t>(s.pixels()), 0.0F) {}
  void fill(const RotatedBox& box, float value) {
    const Point across{-box.along.y, box.along.x};
    for (int y = 0; y < size.height; ++y)
      for (int x = 0; x < size.width; ++x) {
        const Point p = Point{static_cast<float>(x), static_cast<float>(y)} - box.centre;
        if (std::abs(dot(p, box.along)) <= box.width / 2 && std::abs(dot(p, across)) <= box.height / 2)
          values[static_cast<std::size_t>(y) * static_cast<std::size_t>(size.width) +
                 static_cast<std::size_t>(x)] = value;
      }
  }
};

TEST(FindLines, AnEmptyMapHasNone) {
  const Map map({64, 64});
  EXPECT_TRUE(find_lines(map.values, map.size).empty());
}

TEST(FindLines, GrowsEachLineByItsShare) {
  Map map({200, 60});
  map.fill({{100, 20}, {1, 0}, 100, 10}, 0.9F);
  const auto lines = find_lines(map.values, map.size);
  ASSERT_EQ(lines.size(), 1u);
  // 101 x 11 after dilation; distance = 101 * 11 * 1.6 / (2 * 112)
  const auto box = bounds(lines[0].quad);
  EXPECT_NEAR(box.width(), 101 + 2 * 7.93, 0.5);
  EXPECT_NEAR(box.height(), 11 + 2 * 7.93, 0.5);
  EXPECT_GT(lines[0].score, 0.75F);
}

TEST(FindLines, KeepsTheAngleOfATiltedLine) {
  Map map({300, 120});
  map.fill({{150, 60}, {std::cos(0.1F), std::sin(0.1F)}, 200, 12}, 1);
  const auto lines = find_lines(map.values, map.size);
  ASSERT_EQ(lines.size(), 1u);
  const auto top = lines[0].quad[1] - lines[0].quad[0];
  EXPECT_NEAR(std::atan2(top.y, top.x), 0.1, 0.02);
}

TEST(FindLines, SeparatesLinesAndDropsSpecksAndDoubt) {
  Map map({200, 100});
  map.fill({{100, 20}, {1, 0}, 120, 8}, 0.9F);
  map.fill({{100, 60}, {1, 0}, 120, 8}, 0.9F);
  map.fill({{10, 90}, {1, 0}, 1, 1}, 0.9F);
  map.fill({{150, 85}, {1, 0}, 60, 8}, 0.35F);
  EXPECT_EQ(find_lines(map.values, map.size).size(), 2u);
}

TEST(FindLines, IsBounded) {
  Map map({200, 200});
  for (int y = 5; y < 200; y += 12)
    for (int x = 5; x < 200; x += 12) map.fill({{float(x), float(y)}, {1, 0}, 6, 6}, 1);
  LineMapRule rule;
  rule.max_lines = 10;
  EXPECT_EQ(find_lines(map.values, map.size, rule).size(), 10u);
}

TEST(FindLines, TextUpToEveryEdgeStaysInside) {
  Map map({40, 40});
  std::ranges::fill(map.values, 1.0F);
  EXPECT_EQ(find_lines(map.values, map.size).size(), 1u);
}

}  // namespace
}  // namespace sensorium::reader
