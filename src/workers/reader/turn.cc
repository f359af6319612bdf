// Votes on the direction of a page.
#include "workers/reader/turn.h"

#include <algorithm>
#include <cmath>

namespace sensorium::reader {
namespace {

constexpr float sideways_from = 1.5F;  // height to width of one line
constexpr std::size_t voters = 12;
constexpr std::size_t readers = 3;
constexpr float end_margin = 0.2F;  // of the line's height
constexpr int min_line_side = 4;
constexpr int max_line_side = 8192;
constexpr float sample_aspect = 12;  // a vote needs no more of a line than this

std::vector<Quad> longest(std::span<const FoundLine> lines, std::size_t count) {
  std::vector<Quad> quads;
  for (const auto& line : lines) quads.push_back(line.quad);
  std::ranges::sort(quads, std::greater{}, [](const Quad& q) { return std::max(width(q), height(q)); });
  if (quads.size() > count) quads.resize(count);
  return quads;
}

/// Length times likelihood: nonsense is both short and unsure.
float weight(const Recognised& line) {
  return line.confidence * line.confidence * static_cast<float>(line.glyphs.size());
}

Image start_of(const Image& line) {
  const int limit = static_cast<int>(static_cast<float>(line.size.height) * sample_aspect);
  return line.size.width <= limit
             ? line
             : cropped(line, (line.size.width - limit) / 2, 0, {limit, line.size.height});
}

/// The detector likes to cut thin marks off the ends of a line: a little is added there.
Quad widened(const Quad& quad) {
  const bool flat = width(quad) >= height(quad);
  const float reach = end_margin * std::min(width(quad), height(quad));
  const auto moved_apart = [&](std::size_t a, std::size_t b, Quad& out) {
    const Point along = quad[b] - quad[a];
    const Point step = along * (reach / std::max(length(along), 1.0F));
    out[a] = quad[a] - step;
    out[b] = quad[b] + step;
  };
  Quad out = quad;
  moved_apart(0, flat ? 1 : 3, out);
  moved_apart(flat ? 3 : 1, 2, out);
  return out;
}

}  // namespace

bool runs_sideways(std::span<const FoundLine> lines) noexcept {
  float along = 0, across = 0;
  for (const auto& line : lines) {
    const float w = width(line.quad), h = height(line.quad);
    if (h > sideways_from * w) across += h;
    else if (w > sideways_from * h) along += w;
  }
  return across > 1.2F * along;
}

Image line_image(const Image& image, const Quad& found) {
  const auto quad = widened(found);
  const auto longer = [&quad](std::size_t a, std::size_t b, std::size_t c, std::size_t d) {
    const float side = std::max(length(quad[a] - quad[b]), length(quad[c] - quad[d]));
    return std::clamp(static_cast<int>(side), min_line_side, max_line_side);
  };
  const media::Size size{longer(0, 1, 2, 3), longer(0, 3, 1, 2)};
  auto line = straightened(image, quad, size);
  return static_cast<float>(size.height) >= sideways_from * static_cast<float>(size.width) ? rotated(line, 3)
                                                                                           : line;
}

Result<bool> is_upside_down(Models& models, const Image& image, std::span<const FoundLine> lines) {
  float yes = 0, all = 0;
  for (const auto& quad : longest(lines, voters)) {
    const auto line = line_image(image, quad);
    const float vote = SN_TRY(models.upside_down(
        cropped(line, 0, 0, {std::min(line.size.width, line.size.height * 4), line.size.height})));
    yes += vote;
    all += 1;
  }
  if (all == 0 || yes < 0.3F * all) return false;
  float upright = 0, turned_over = 0;
  for (const auto& quad : longest(lines, readers)) {
    const auto line = start_of(line_image(image, quad));
    upright += weight(SN_TRY(models.read(line)));
    turned_over += weight(SN_TRY(models.read(rotated(line, 2))));
  }
  return turned_over > 1.2F * upright;
}

}  // namespace sensorium::reader
