#include "workers/reader/geometry.h"

#include <gmock/gmock.h>

#include <cmath>

namespace sensorium::reader {
namespace {

TEST(ConvexHull, DropsInnerAndRepeatedPoints) {
  const auto hull = convex_hull({{0, 0}, {4, 0}, {4, 4}, {0, 4}, {2, 2}, {2, 0}, {0, 0}});
  EXPECT_THAT(hull, testing::UnorderedElementsAre(Point{0, 0}, Point{4, 0}, Point{4, 4}, Point{0, 4}));
}

TEST(ConvexHull, KeepsDegenerateInput) {
  EXPECT_TRUE(convex_hull({}).empty());
  EXPECT_EQ(convex_hull({{1, 1}, {1, 1}}).size(), 1u);
}

TEST(SmallestBox, FindsATiltedRectangle) {
  const float a = 0.2F;
  const RotatedBox box{{50, 40}, {std::cos(a), std::sin(a)}, 60, 10};
  const auto quad = corners(box);
  const auto found = smallest_box(convex_hull({quad.begin(), quad.end()}));
  EXPECT_NEAR(found.width, 60, 0.01);
  EXPECT_NEAR(found.height, 10, 0.01);
  EXPECT_NEAR(found.centre.x, 50, 0.01);
  EXPECT_NEAR(found.along.y, std::sin(a), 0.001);
}

TEST(SmallestBox, APointAndALineHaveNoArea) {
  EXPECT_EQ(smallest_box({}).width, 0);
  const std::vector<Point> point{{3, 3}};
  EXPECT_EQ(smallest_box(point).height, 0);
  const std::vector<Point> line{{0, 0}, {10, 0}};
  const auto box = smallest_box(line);
  EXPECT_FLOAT_EQ(box.width, 10);
  EXPECT_FLOAT_EQ(box.height, 0);
}

TEST(Grown, MovesEverySide) {
  const auto quad = corners(grown({{10, 10}, {1, 0}, 10, 4}, 2));
  EXPECT_EQ(bounds(quad).left, 3);
  EXPECT_EQ(bounds(quad).bottom, 14);
}

TEST(Turned, FourQuarterTurnsAreNone) {
  const media::Size size{30, 20};
  Point p{7, 3};
  auto now = size;
  for (int i = 0; i < 4; ++i) {
    p = turned(p, now, 1);
    now = turned(now, 1);
  }
  EXPECT_EQ(p, (Point{7, 3}));
  EXPECT_EQ(turned(turned(Point{7, 3}, size, 1), turned(size, 1), 3), (Point{7, 3}));
  EXPECT_EQ(turned(Point{0, 0}, size, 1), (Point{20, 0}));
}

TEST(RectangleTo, MapsCornersAndCentre) {
  const Quad quad{{{10, 12}, {100, 20}, {95, 60}, {8, 50}}};
  const auto map = rectangle_to(quad, 90, 40);
  const std::array<Point, 4> from{{{0, 0}, {90, 0}, {90, 40}, {0, 40}}};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(apply(map, from[i]).x, quad[i].x, 1e-3);
    EXPECT_NEAR(apply(map, from[i]).y, quad[i].y, 1e-3);
  }
}

TEST(RectangleTo, ADegenerateQuadGivesTheIdentity) {
  const Quad flat{};
  EXPECT_EQ(apply(rectangle_to(flat, 0, 0), {5, 6}), (Point{5, 6}));
}

TEST(Overlap, IsZeroForNeighbours) {
  EXPECT_EQ(overlap({0, 0, 10, 10}, {10, 0, 20, 10}), 0);
  EXPECT_EQ(overlap({0, 0, 10, 10}, {5, 5, 20, 20}), 25);
}

}  // namespace
}  // namespace sensorium::reader
