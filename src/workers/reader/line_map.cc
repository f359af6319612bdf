// Connected components of the likelihood map, each with the smallest rectangle around it.
#include "workers/reader/line_map.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

namespace sensorium::reader {
namespace {

using Mask = std::vector<std::uint8_t>;

/// Thresholds and dilates by a 2x2 square, as the reference does, to close gaps of one pixel.
Mask threshold(std::span<const float> map, media::Size size, float limit) {
  const auto w = static_cast<std::size_t>(size.width), h = static_cast<std::size_t>(size.height);
  Mask mask(w * h, 0);
  for (std::size_t y = 0; y < h; ++y) {
    for (std::size_t x = 0; x < w; ++x) {
      if (map[y * w + x] <= limit) continue;
      mask[y * w + x] = 1;
      if (x + 1 < w) mask[y * w + x + 1] = 1;
      if (y + 1 < h) mask[(y + 1) * w + x] = 1;
      if (x + 1 < w && y + 1 < h) mask[(y + 1) * w + x + 1] = 1;
    }
  }
  return mask;
}

struct Component {
  std::vector<Point> outline;  ///< the ends of each of its runs
  double sum = 0;              ///< of the likelihoods inside
  std::size_t pixels = 0;
  float mean() const noexcept {
    return static_cast<float>(sum / static_cast<double>(std::max<std::size_t>(pixels, 1)));
  }
};

/// Takes the 8-connected component at `start` out of the mask.
Component take_component(Mask& mask, std::span<const float> map, media::Size size, std::size_t start) {
  const auto w = static_cast<std::size_t>(size.width), h = static_cast<std::size_t>(size.height);
  Component component;
  std::vector<std::size_t> pending{start};
  while (!pending.empty()) {
    const auto at = pending.back();
    pending.pop_back();
    if (mask[at] == 0) continue;
    const auto y = at / w;
    auto left = at % w, right = left;
    while (left > 0 && mask[y * w + left - 1] != 0) --left;
    while (right + 1 < w && mask[y * w + right + 1] != 0) ++right;
    std::fill(&mask[y * w + left], &mask[y * w + right] + 1, std::uint8_t{0});
    component.outline.push_back({static_cast<float>(left), static_cast<float>(y)});
    component.outline.push_back({static_cast<float>(right), static_cast<float>(y)});
    component.sum = std::accumulate(&map[y * w + left], &map[y * w + right] + 1, component.sum);
    component.pixels += right + 1 - left;
    const auto from = left > 0 ? left - 1 : 0, to = std::min(right + 1, w - 1);
    for (const auto next : {y - 1, y + 1}) {
      if (next >= h) continue;  // y - 1 of the first row wraps to a huge number
      for (auto x = from; x <= to; ++x)
        if (mask[next * w + x] != 0) pending.push_back(next * w + x);
    }
  }
  return component;
}

float mean_inside(std::span<const float> map, media::Size size, const RotatedBox& box) {
  const auto b = bounds(corners(box));
  const int left = std::max(static_cast<int>(std::floor(b.left)), 0);
  const int right = std::min(static_cast<int>(std::ceil(b.right)), size.width - 1);
  const int top = std::max(static_cast<int>(std::floor(b.top)), 0);
  const int bottom = std::min(static_cast<int>(std::ceil(b.bottom)), size.height - 1);
  const Point across{-box.along.y, box.along.x};
  double sum = 0;
  int count = 0;
  for (int y = top; y <= bottom; ++y) {
    for (int x = left; x <= right; ++x) {
      const Point p = Point{static_cast<float>(x), static_cast<float>(y)} - box.centre;
      if (std::abs(dot(p, box.along)) > box.width / 2 + 0.5F ||
          std::abs(dot(p, across)) > box.height / 2 + 0.5F)
        continue;
      sum += static_cast<double>(map[static_cast<std::size_t>(y) * static_cast<std::size_t>(size.width) +
                                     static_cast<std::size_t>(x)]);
      ++count;
    }
  }
  return count == 0 ? 0 : static_cast<float>(sum / count);
}

}  // namespace

std::vector<FoundLine> find_lines(std::span<const float> map, media::Size size, const LineMapRule& rule) {
  auto mask = threshold(map, size, rule.pixel_threshold);
  std::vector<FoundLine> lines;
  for (std::size_t at = 0; at < mask.size() && lines.size() < rule.max_lines; ++at) {
    if (mask[at] == 0) continue;
    auto component = take_component(mask, map, size, at);
    const auto box = smallest_box(convex_hull(std::move(component.outline)));
    if (std::min(box.width, box.height) < rule.min_side) continue;
    // A line that bends fills little of its rectangle: what it does fill must be likely.
    const float score = mean_inside(map, size, box);
    if (score < rule.bent_threshold || component.mean() < rule.box_threshold) continue;
    const float distance = box.width * box.height * rule.growth / (2 * (box.width + box.height));
    lines.push_back({corners(grown(box, distance)), score});
  }
  return lines;
}

}  // namespace sensorium::reader
