// Plane geometry for text lines.
#include "workers/reader/geometry.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace sensorium::reader {

float length(Point a) noexcept { return std::hypot(a.x, a.y); }

float width(const Quad& q) noexcept { return (length(q[1] - q[0]) + length(q[2] - q[3])) / 2; }

float height(const Quad& q) noexcept { return (length(q[3] - q[0]) + length(q[2] - q[1])) / 2; }

Point centre(const Quad& q) noexcept { return (q[0] + q[1] + q[2] + q[3]) * 0.25F; }

Box bounds(const Quad& quad) noexcept {
  Box box{quad[0].x, quad[0].y, quad[0].x, quad[0].y};
  for (const auto p : quad) {
    box.left = std::min(box.left, p.x);
    box.right = std::max(box.right, p.x);
    box.top = std::min(box.top, p.y);
    box.bottom = std::max(box.bottom, p.y);
  }
  return box;
}

float overlap(const Box& a, const Box& b) noexcept {
  const float w = std::min(a.right, b.right) - std::max(a.left, b.left);
  const float h = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  return w > 0 && h > 0 ? w * h : 0;
}

Quad scaled(const Quad& quad, float by) noexcept {
  Quad out;
  for (std::size_t i = 0; i < 4; ++i) out[i] = quad[i] * by;
  return out;
}

Quad moved(const Quad& quad, Point by) noexcept {
  Quad out;
  for (std::size_t i = 0; i < 4; ++i) out[i] = quad[i] + by;
  return out;
}

Quad clamped(const Quad& quad, media::Size size) noexcept {
  Quad out;
  for (std::size_t i = 0; i < 4; ++i)
    out[i] = {std::clamp(quad[i].x, 0.0F, static_cast<float>(size.width)),
              std::clamp(quad[i].y, 0.0F, static_cast<float>(size.height))};
  return out;
}

std::vector<Point> convex_hull(std::vector<Point> points) {
  std::ranges::sort(points, {}, [](Point p) { return std::pair(p.x, p.y); });
  points.erase(std::ranges::unique(points).begin(), points.end());
  if (points.size() < 3) return points;
  std::vector<Point> hull;
  const auto half = [&hull](auto begin, auto end) {
    const auto floor = hull.size() + 1;
    for (auto it = begin; it != end; ++it) {
      while (hull.size() > floor && cross(hull.back() - hull[hull.size() - 2], *it - hull.back()) <= 0)
        hull.pop_back();
      hull.push_back(*it);
    }
    hull.pop_back();
  };
  half(points.begin(), points.end());
  half(points.rbegin(), points.rend());
  return hull;
}

RotatedBox smallest_box(std::span<const Point> hull) {
  RotatedBox best;
  if (hull.empty()) return best;
  float best_area = std::numeric_limits<float>::max();
  for (std::size_t i = 0; i < hull.size(); ++i) {
    const Point edge = hull[(i + 1) % hull.size()] - hull[i];
    const float size = length(edge);
    const Point along = size > 0 ? edge * (1 / size) : Point{1, 0};
    const Point across{-along.y, along.x};
    float low_u = dot(hull[0], along), high_u = low_u, low_v = dot(hull[0], across), high_v = low_v;
    for (const auto p : hull) {
      low_u = std::min(low_u, dot(p, along));
      high_u = std::max(high_u, dot(p, along));
      low_v = std::min(low_v, dot(p, across));
      high_v = std::max(high_v, dot(p, across));
    }
    const float area = (high_u - low_u) * (high_v - low_v);
    if (area >= best_area) continue;
    best_area = area;
    best = {along * ((low_u + high_u) / 2) + across * ((low_v + high_v) / 2), along, high_u - low_u,
            high_v - low_v};
  }
  // Of the four names the same rectangle has, take the one whose width runs to the right.
  if (std::abs(best.along.x) < std::abs(best.along.y)) {
    best.along = {-best.along.y, best.along.x};
    std::swap(best.width, best.height);
  }
  if (best.along.x < 0) best.along = best.along * -1.0F;
  return best;
}

RotatedBox grown(RotatedBox box, float distance) noexcept {
  box.width += 2 * distance;
  box.height += 2 * distance;
  return box;
}

Quad corners(const RotatedBox& box) noexcept {
  const Point u = box.along * (box.width / 2);
  const Point v = Point{-box.along.y, box.along.x} * (box.height / 2);
  return {box.centre - u - v, box.centre + u - v, box.centre + u + v, box.centre - u + v};
}

media::Size turned(media::Size size, int quarter_turns) noexcept {
  return quarter_turns % 2 == 0 ? size : media::Size{size.height, size.width};
}

Point turned(Point p, media::Size size, int quarter_turns) noexcept {
  const auto w = static_cast<float>(size.width);
  const auto h = static_cast<float>(size.height);
  switch (quarter_turns & 3) {
    case 1:
      return {h - p.y, p.x};
    case 2:
      return {w - p.x, h - p.y};
    case 3:
      return {p.y, w - p.x};
    default:
      return p;
  }
}

Quad turned(const Quad& quad, media::Size size, int quarter_turns) noexcept {
  Quad out;
  for (std::size_t i = 0; i < 4; ++i) out[i] = turned(quad[i], size, quarter_turns);
  return out;
}

Homography rectangle_to(const Quad& quad, float w, float h) noexcept {
  const std::array<Point, 4> from{{{0, 0}, {w, 0}, {w, h}, {0, h}}};
  std::array<std::array<double, 9>, 8> m{};
  for (std::size_t i = 0; i < 4; ++i) {
    const double x = from[i].x, y = from[i].y, u = quad[i].x, v = quad[i].y;
    m[2 * i] = {x, y, 1, 0, 0, 0, -u * x, -u * y, u};
    m[2 * i + 1] = {0, 0, 0, x, y, 1, -v * x, -v * y, v};
  }
  for (std::size_t column = 0; column < 8; ++column) {
    std::size_t pivot = column;
    for (std::size_t row = column + 1; row < 8; ++row)
      if (std::abs(m[row][column]) > std::abs(m[pivot][column])) pivot = row;
    std::swap(m[column], m[pivot]);
    if (m[column][column] == 0) return {1, 0, 0, 0, 1, 0, 0, 0, 1};
    for (std::size_t row = 0; row < 8; ++row) {
      if (row == column) continue;
      const double factor = m[row][column] / m[column][column];
      for (std::size_t k = column; k < 9; ++k) m[row][k] -= factor * m[column][k];
    }
  }
  Homography out{};
  for (std::size_t i = 0; i < 8; ++i) out[i] = m[i][8] / m[i][i];
  out[8] = 1;
  return out;
}

Point apply(const Homography& m, Point p) noexcept {
  const double w = m[6] * p.x + m[7] * p.y + m[8];
  return {static_cast<float>((m[0] * p.x + m[1] * p.y + m[2]) / w),
          static_cast<float>((m[3] * p.x + m[4] * p.y + m[5]) / w)};
}

}  // namespace sensorium::reader
