// Points, quads and rectangles in pixels, y downwards. What OpenCV would do, in the little we need.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "media/picture.h"

namespace sensorium::reader {

struct Point {
  float x = 0;
  float y = 0;
  bool operator==(const Point&) const = default;
};

inline Point operator+(Point a, Point b) noexcept { return {a.x + b.x, a.y + b.y}; }
inline Point operator-(Point a, Point b) noexcept { return {a.x - b.x, a.y - b.y}; }
inline Point operator*(Point a, float s) noexcept { return {a.x * s, a.y * s}; }
inline float dot(Point a, Point b) noexcept { return a.x * b.x + a.y * b.y; }
inline float cross(Point a, Point b) noexcept { return a.x * b.y - a.y * b.x; }
float length(Point a) noexcept;

/// Corners in reading direction of the text: top left, top right, bottom right, bottom left.
using Quad = std::array<Point, 4>;

/// Mean length of the two sides along the text, and of the two across it.
float width(const Quad& quad) noexcept;
float height(const Quad& quad) noexcept;
Point centre(const Quad& quad) noexcept;
/// Upright box around a quad.
struct Box {
  float left = 0, top = 0, right = 0, bottom = 0;
  float width() const noexcept { return right - left; }
  float height() const noexcept { return bottom - top; }
  float area() const noexcept { return width() * height(); }
};
Box bounds(const Quad& quad) noexcept;
/// Area shared by two upright boxes.
float overlap(const Box& a, const Box& b) noexcept;
Quad scaled(const Quad& quad, float by) noexcept;
Quad moved(const Quad& quad, Point by) noexcept;
Quad clamped(const Quad& quad, media::Size size) noexcept;

/// A rectangle at any angle: `along` is the unit vector of its width.
struct RotatedBox {
  Point centre;
  Point along{1, 0};
  float width = 0;
  float height = 0;
};

/// Counter-clockwise hull (Andrew's monotone chain); fewer than three points come back as they are.
std::vector<Point> convex_hull(std::vector<Point> points);
/// The smallest rectangle around `hull`, with `along` the direction closest to horizontal.
RotatedBox smallest_box(std::span<const Point> hull);
/// Every side moved outwards by `distance`.
RotatedBox grown(RotatedBox box, float distance) noexcept;
Quad corners(const RotatedBox& box) noexcept;

/// A picture of `size` turned clockwise by quarter turns: where `point` goes, and the new size.
media::Size turned(media::Size size, int quarter_turns) noexcept;
Point turned(Point point, media::Size size, int quarter_turns) noexcept;
Quad turned(const Quad& quad, media::Size size, int quarter_turns) noexcept;

/// The projective map that takes the unit corners (0,0) (w,0) (w,h) (0,h) to `quad`'s corners, row
/// by row, last element 1. Solves the eight equations by elimination.
using Homography = std::array<double, 9>;
Homography rectangle_to(const Quad& quad, float w, float h) noexcept;
Point apply(const Homography& map, Point point) noexcept;

}  // namespace sensorium::reader
