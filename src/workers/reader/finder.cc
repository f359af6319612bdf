// Two looks and their union.
#include "workers/reader/finder.h"

#include <algorithm>
#include <cmath>

namespace sensorium::reader {
namespace {

constexpr float first_short_side = 736;  // as the reference: smaller pictures are enlarged to it
constexpr float first_long_side = 1280;
constexpr float max_enlargement = 3;
constexpr float small_text = 17;  // height of a found line, in pixels seen by the network
constexpr float wanted_text = 28;
constexpr float large_text = 130;  // larger than this the network sees pieces of letters
constexpr float second_look_pixels = 4'000'000;
constexpr int tile_side = 1152;  // memory of the network grows with its input
constexpr int tile_overlap = 128;

float median_height(const std::vector<FoundLine>& lines) {
  if (lines.empty()) return 0;
  std::vector<float> heights;
  for (const auto& line : lines) heights.push_back(std::min(width(line.quad), height(line.quad)));
  const auto middle = heights.begin() + std::ssize(heights) / 2;
  std::ranges::nth_element(heights, middle);
  return *middle;
}

bool same_place(const FoundLine& a, const FoundLine& b) noexcept {
  const auto box_a = bounds(a.quad), box_b = bounds(b.quad);
  return overlap(box_a, box_b) > 0.5F * std::min(box_a.area(), box_b.area());
}

/// A line cut by a tile's edge is worse than the same line whole in the next tile.
bool cut(const FoundLine& line, const Box& tile, media::Size page) noexcept {
  const auto box = bounds(line.quad);
  constexpr float slack = 4;
  return (box.left < tile.left + slack && tile.left > 0) || (box.top < tile.top + slack && tile.top > 0) ||
         (box.right > tile.right - slack && tile.right < static_cast<float>(page.width)) ||
         (box.bottom > tile.bottom - slack && tile.bottom < static_cast<float>(page.height));
}

std::vector<int> tile_starts(int length, int side) {
  std::vector<int> starts{0};
  while (starts.back() + side < length)
    starts.push_back(std::min(starts.back() + side - tile_overlap, length - side));
  return starts;
}

/// Lines across tiles' edges: pieces that lie on one line and touch are joined.
bool join(FoundLine& a, const FoundLine& b) {
  const auto box_a = bounds(a.quad), box_b = bounds(b.quad);
  const float h = std::max(box_a.height(), box_b.height());
  const float shared = std::min(box_a.bottom, box_b.bottom) - std::max(box_a.top, box_b.top);
  const bool touching = std::max(box_a.left, box_b.left) <= std::min(box_a.right, box_b.right);
  if (!touching || shared < 0.6F * std::min(box_a.height(), box_b.height()) ||
      std::min(box_a.height(), box_b.height()) < 0.5F * h)
    return false;
  std::vector<Point> points(a.quad.begin(), a.quad.end());
  points.insert(points.end(), b.quad.begin(), b.quad.end());
  a.quad = corners(smallest_box(convex_hull(std::move(points))));
  a.score = std::max(a.score, b.score);
  return true;
}

Result<std::vector<FoundLine>> find_tiled(const CallContext& ctx, Models& models, const Image& image,
                                          float scale) {
  const int side = std::max(static_cast<int>(static_cast<float>(tile_side) / scale), 2 * tile_overlap);
  const auto columns =
      tile_starts(image.size.width, std::max(side, std::min(image.size.width, side * 5 / 4)));
  const auto rows = tile_starts(image.size.height, std::max(side, std::min(image.size.height, side * 5 / 4)));
  if (columns.size() == 1 && rows.size() == 1) return models.find(image, scale);
  const media::Size size{
      std::min(std::max(side, std::min(image.size.width, side * 5 / 4)), image.size.width),
      std::min(std::max(side, std::min(image.size.height, side * 5 / 4)), image.size.height)};
  std::vector<FoundLine> lines;
  for (const int top : rows) {
    for (const int left : columns) {
      SN_TRY(ctx.check());
      const Box tile{float(left), float(top), float(left + size.width), float(top + size.height)};
      for (auto& line : SN_TRY(models.find(cropped(image, left, top, size), scale))) {
        line.quad = moved(line.quad, {tile.left, tile.top});
        const auto twin =
            std::ranges::find_if(lines, [&](const FoundLine& l) { return same_place(l, line); });
        if (twin == lines.end()) {
          const auto piece = std::ranges::find_if(
              lines, [&](FoundLine& l) { return cut(line, tile, image.size) && join(l, line); });
          if (piece == lines.end()) lines.push_back(line);
        } else if (bounds(line.quad).area() > bounds(twin->quad).area()) {
          *twin = line;
        } else if (cut(line, tile, image.size)) {
          join(*twin, line);
        }
      }
    }
  }
  return lines;
}

}  // namespace

float first_scale(media::Size size) noexcept {
  const auto small = static_cast<float>(std::max(size.short_side(), 1));
  const auto large = static_cast<float>(std::max(size.long_side(), 1));
  float scale = small < first_short_side ? std::min(first_short_side / small, max_enlargement) : 1;
  return std::min(scale, first_long_side / large);
}

std::vector<FoundLine> merged(std::vector<FoundLine> coarse, std::vector<FoundLine> fine, float fine_scale) {
  std::vector<FoundLine> out;
  for (auto& line : fine) {
    if (std::min(width(line.quad), height(line.quad)) * fine_scale > large_text &&
        std::ranges::any_of(coarse, [&](const FoundLine& c) { return same_place(c, line); }))
      continue;
    out.push_back(line);
  }
  for (const auto& line : coarse)
    if (std::ranges::none_of(out, [&](const FoundLine& f) { return same_place(f, line); }))
      out.push_back(line);
  return out;
}

Result<std::vector<FoundLine>> find_page(const CallContext& ctx, Models& models, const Image& image) {
  const float scale = first_scale(image.size);
  auto lines = SN_TRY(find_tiled(ctx, models, image, scale));
  const float seen = median_height(lines) * scale;
  // Nothing found in a large picture that was shrunk may be writing that was shrunk away.
  const bool look_again = lines.empty() ? scale < 0.75F : seen < small_text;
  if (!look_again) return lines;
  const float pixels = static_cast<float>(image.size.pixels());
  float fine = lines.empty() ? 1 : scale * std::min(wanted_text / std::max(seen, 8.0F), 2.5F);
  fine = std::min(fine, std::sqrt(second_look_pixels / pixels));
  if (fine < 1.2F * scale) return lines;
  SN_TRY(ctx.check());
  auto again = SN_TRY(find_tiled(ctx, models, image, fine));
  return merged(std::move(lines), std::move(again), fine);
}

}  // namespace sensorium::reader
