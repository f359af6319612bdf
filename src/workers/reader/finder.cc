// Two looks and their union.
#include "workers/reader/finder.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace sensorium::reader {
namespace {

constexpr float first_short_side = 736;  // as the reference: smaller pictures are enlarged to it
constexpr float first_long_side = 1280;
constexpr float max_enlargement = 3;
constexpr float small_text = 17;  // height of a found line, in pixels seen by the network
constexpr float wanted_text = 28;
constexpr float comfortable_text = 24;  // from here on the first look is the better one
constexpr float second_look_pixels = 4'000'000;
constexpr int tile_side = 1152;    // memory of the network grows with its input
constexpr int tile_overlap = 192;  // pixels seen by the network

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

/// The middle of a line from end to end along its longer side, and its thickness.
struct Stroke {
  Point from, to;
  float thickness = 0;
};

Stroke stroke(const Quad& q) noexcept {
  if (width(q) >= height(q)) return {(q[0] + q[3]) * 0.5F, (q[1] + q[2]) * 0.5F, height(q)};
  return {(q[0] + q[1]) * 0.5F, (q[3] + q[2]) * 0.5F, width(q)};
}

/// True when two pieces, seen in two tiles, are of one line: equally thick, and one goes on in the other.
bool same_line(const Quad& a, const Quad& b) noexcept {
  const auto s = stroke(a), t = stroke(b);
  const float thin = std::min(s.thickness, t.thickness), thick = std::max(s.thickness, t.thickness);
  const float size = length(s.to - s.from);
  if (size <= 0 || thin < 0.55F * thick) return false;
  const Point along = (s.to - s.from) * (1 / size);
  const Point from = t.from - s.from, to = t.to - s.from;
  const float low = std::max(0.0F, dot(from, along)), high = std::min(size, dot(to, along));
  if (high <= low) return false;
  // How far apart their middles are where both are.
  const float reach = std::max(dot(to, along) - dot(from, along), 1.0F);
  const float share = ((low + high) / 2 - dot(from, along)) / reach;
  return std::abs(cross(along, from + (to - from) * share)) < 0.35F * thin;
}

struct Piece {
  FoundLine line;
  int tile = 0;  ///< -1 once pieces were joined
};

/// Adds a line of one tile to those of the tiles before.
void add_piece(std::vector<Piece>& pieces, FoundLine line, int tile) {
  for (auto it = pieces.begin(); it != pieces.end();) {
    if (it->tile == tile || !same_line(it->line.quad, line.quad)) {
      ++it;
      continue;
    }
    std::vector<Point> points(it->line.quad.begin(), it->line.quad.end());
    points.insert(points.end(), line.quad.begin(), line.quad.end());
    line = {corners(smallest_box(convex_hull(std::move(points)))), std::max(line.score, it->line.score)};
    // The longer line may now touch one that neither piece touched.
    pieces.erase(it);
    it = pieces.begin();
    tile = -1;
  }
  pieces.push_back({line, tile});
}

std::vector<int> tile_starts(int length, int side, int shared) {
  std::vector<int> starts{0};
  while (starts.back() + side < length)
    starts.push_back(std::min(starts.back() + side - shared, length - side));
  return starts;
}

Result<std::vector<FoundLine>> find_tiled(const CallContext& ctx, Models& models, const Image& image,
                                          float scale) {
  const auto unscaled = [scale](int pixels) {
    return std::max(static_cast<int>(static_cast<float>(pixels) / scale), 1);
  };
  // A little over one tile is one tile: a cut costs more than a quarter more memory.
  const auto side_for = [&](int length) {
    return length <= unscaled(tile_side + tile_side / 4) ? length : unscaled(tile_side);
  };
  const media::Size size{side_for(image.size.width), side_for(image.size.height)};
  if (size == image.size) return models.find(image, scale);
  const auto columns = tile_starts(image.size.width, size.width, unscaled(tile_overlap));
  const auto rows = tile_starts(image.size.height, size.height, unscaled(tile_overlap));
  std::vector<Piece> pieces;
  int tile = 0;
  for (const int top : rows) {
    for (const int left : columns) {
      SN_TRY(ctx.check());
      for (auto& line : SN_TRY(models.find(cropped(image, left, top, size), scale))) {
        line.quad = moved(line.quad, {static_cast<float>(left), static_cast<float>(top)});
        add_piece(pieces, line, tile);
      }
      ++tile;
    }
  }
  std::vector<FoundLine> lines;
  for (const auto& piece : pieces) lines.push_back(piece.line);
  return lines;
}

}  // namespace

float first_scale(media::Size size) noexcept {
  const auto small = static_cast<float>(std::max(size.short_side(), 1));
  const auto large = static_cast<float>(std::max(size.long_side(), 1));
  float scale = small < first_short_side ? std::min(first_short_side / small, max_enlargement) : 1;
  return std::min(scale, first_long_side / large);
}

std::vector<FoundLine> merged(const std::vector<FoundLine>& coarse, const std::vector<FoundLine>& fine,
                              float coarse_scale) {
  std::vector<FoundLine> out;
  const auto is_new = [&out](const FoundLine& line) {
    return std::ranges::none_of(out, [&line](const FoundLine& known) { return same_place(known, line); });
  };
  const auto comfortable = [coarse_scale](const FoundLine& line) {
    return std::min(width(line.quad), height(line.quad)) * coarse_scale >= comfortable_text;
  };
  std::ranges::copy_if(coarse, std::back_inserter(out), comfortable);
  // Lines of one look are all different, whatever their boxes share.
  std::vector<FoundLine> added;
  std::ranges::copy_if(fine, std::back_inserter(added), is_new);
  out.insert(out.end(), added.begin(), added.end());
  added.clear();
  std::ranges::copy_if(coarse, std::back_inserter(added), is_new);
  out.insert(out.end(), added.begin(), added.end());
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
  return merged(lines, again, scale);
}

}  // namespace sensorium::reader
