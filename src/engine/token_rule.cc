// The formulas. Each function is one provider's published rule; scaling is done in doubles, as their
// reference code does, and `slack` absorbs quotients that should be whole numbers.
#include "engine/token_rule.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sensorium {
namespace {

using media::Detail;
using media::Size;

constexpr double slack = 1e-9;

/// A size while it is being scaled.
struct Extent {
  double width = 1;
  double height = 1;
  double longest() const noexcept { return std::max(width, height); }
  double shortest() const noexcept { return std::min(width, height); }
  Extent times(double scale) const noexcept { return {width * scale, height * scale}; }
};

std::int64_t ceil_div(double length, double unit) noexcept {
  return static_cast<std::int64_t>(std::ceil(length / unit - slack));
}

std::int64_t patch_count(Extent extent, double patch) noexcept {
  return ceil_div(extent.width, patch) * ceil_div(extent.height, patch);
}

Extent shrink_long_side(Extent extent, int limit) noexcept {
  return limit > 0 && extent.longest() > limit ? extent.times(limit / extent.longest()) : extent;
}

std::int64_t tile_tokens(const TokenRule& rule, Extent extent, Detail detail) noexcept {
  if (detail == Detail::low) return rule.base;
  extent = shrink_long_side(extent, rule.max_side);
  if (rule.short_side > 0 && extent.shortest() > rule.short_side)
    extent = extent.times(rule.short_side / extent.shortest());
  return rule.base + rule.per_tile * patch_count(extent, rule.tile);
}

/// Shrinks until at most `budget` patches remain, so that a whole number of patches fits one side.
Extent shrink_to_budget(Extent extent, double patch, std::int64_t budget) noexcept {
  double scale = std::sqrt(patch * patch * static_cast<double>(budget) / (extent.width * extent.height));
  const double across = extent.width * scale / patch, down = extent.height * scale / patch;
  scale *= std::min(std::floor(across) / across, std::floor(down) / down);
  return {std::max(1.0, std::floor(extent.width * scale + slack)),
          std::max(1.0, std::floor(extent.height * scale + slack))};
}

std::int64_t patch_tokens(const TokenRule& rule, Extent extent, Detail detail) noexcept {
  if (detail == Detail::low) extent = shrink_long_side(extent, rule.low_side);
  extent = shrink_long_side(extent, rule.max_side);
  std::int64_t patches = patch_count(extent, rule.factor);
  // A panorama thinner than one patch cannot be shrunk into the budget: its floor is zero.
  if (rule.budget > 0 && patches > rule.budget)
    patches =
        std::min(rule.budget, patch_count(shrink_to_budget(extent, rule.factor, rule.budget), rule.factor));
  // No slack here: the reference rounds 300 * 1.62 up to 487.
  return static_cast<std::int64_t>(std::ceil(static_cast<double>(patches) * rule.multiplier));
}

std::int64_t claude_tokens(const TokenRule& rule, Extent extent) noexcept {
  const auto fits = [&](Extent e) {
    const auto across = ceil_div(e.width, rule.factor), down = ceil_div(e.height, rule.factor);
    return std::max(across, down) * rule.factor <= rule.max_side && across * down <= rule.budget;
  };
  if (fits(extent)) return patch_count(extent, rule.factor);
  const double ratio = extent.shortest() / extent.longest();
  for (double edge = std::min<double>(rule.max_side, extent.longest()); edge > 1; --edge) {
    const Extent shrunk{std::floor(edge), std::max(1.0, std::nearbyint(std::floor(edge) * ratio))};
    if (fits(shrunk)) return patch_count(shrunk, rule.factor);
  }
  return 1;
}

std::int64_t gemini_tile_tokens(const TokenRule& rule, Extent extent) noexcept {
  constexpr double single_tile = 384, smallest_unit = 256, largest_unit = 768, share = 1.5;
  extent = shrink_long_side(extent, rule.max_side);
  if (extent.longest() <= single_tile) return rule.per_tile;
  const double unit = std::clamp(std::floor(extent.shortest() / share), smallest_unit, largest_unit);
  return rule.per_tile * patch_count(extent, unit);
}

std::int64_t qwen_tokens(const TokenRule& rule, Extent extent) noexcept {
  const double f = rule.factor;
  const double area = extent.width * extent.height;
  const auto whole = [f](double side, auto rounding) { return std::max(1.0, rounding(side / f)) * f; };
  const auto half_even = [](double x) { return std::nearbyint(x); };
  Extent out{whole(extent.width, half_even), whole(extent.height, half_even)};
  if (out.width * out.height > static_cast<double>(rule.max_pixels)) {
    const double beta = std::sqrt(area / static_cast<double>(rule.max_pixels));
    const auto down = [](double x) { return std::floor(x); };
    out = {whole(extent.width / beta, down), whole(extent.height / beta, down)};
  } else if (out.width * out.height < static_cast<double>(rule.min_pixels)) {
    const double beta = std::sqrt(static_cast<double>(rule.min_pixels) / area);
    const auto up = [](double x) { return std::ceil(x); };
    out = {whole(extent.width * beta, up), whole(extent.height * beta, up)};
  }
  return static_cast<std::int64_t>(out.width / f * (out.height / f)) + rule.base;
}

std::int64_t canvas_count(const TokenRule& rule, Extent extent, media::PixelRule::Canvas canvas) noexcept {
  const media::PixelRule pixels{.canvas = canvas, .tile = rule.tile, .max_tiles = rule.max_tiles};
  const Size tiles = canvas_tiles(pixels, {static_cast<int>(extent.width), static_cast<int>(extent.height)});
  return tiles.pixels();
}

std::int64_t grid_tokens(const TokenRule& rule, Extent extent) noexcept {
  const auto tiles = canvas_count(rule, extent, media::PixelRule::Canvas::nearest_shape);
  return rule.base + rule.per_tile * (tiles + (rule.thumbnail && tiles > 1 ? 1 : 0));
}

/// Idefics3 enlarges too: the long side always becomes max_side.
std::int64_t split_tokens(const TokenRule& rule, Extent extent) noexcept {
  extent = extent.times(rule.max_side / extent.longest());
  extent.width = std::max(extent.width, 1.0), extent.height = std::max(extent.height, 1.0);
  const std::int64_t tiles = patch_count(extent, rule.tile);
  return rule.base + rule.per_tile * (tiles > 1 ? tiles + 1 : 1);
}

std::int64_t slice_tokens(const TokenRule& rule, Extent extent) noexcept {
  const double area = extent.width * extent.height, shape = std::log(extent.width / extent.height);
  const auto wanted =
      std::min<std::int64_t>(ceil_div(area, static_cast<double>(rule.tile) * rule.tile), rule.max_tiles);
  if (wanted <= 1) return rule.base + rule.per_tile;
  double nearest = std::numeric_limits<double>::max();
  std::int64_t best = 1;
  for (std::int64_t tiles = std::max<std::int64_t>(wanted - 1, 2);
       tiles <= std::min<std::int64_t>(wanted + 1, rule.max_tiles); ++tiles)
    for (std::int64_t across = 1; across <= tiles; ++across) {
      if (tiles % across != 0) continue;
      const std::int64_t down = tiles / across;
      const double grid = std::log(static_cast<double>(across) / static_cast<double>(down));
      if (std::abs(shape - grid) >= nearest) continue;
      nearest = std::abs(shape - grid);
      best = tiles;
    }
  return rule.base + rule.per_tile * (best + 1);
}

std::int64_t anyres_tokens(const TokenRule& rule, Extent extent) noexcept {
  return rule.base + rule.per_tile * (canvas_count(rule, extent, media::PixelRule::Canvas::best_use) + 1);
}

/// First byte of a UTF-8 character: how many tokens it usually costs, in quarters.
std::int64_t quarter_tokens(unsigned char lead) noexcept {
  if (lead < 0x80) return 1;
  if (lead < 0xC0) return 0;  // continuation
  if (lead < 0xE0) return 2;  // Latin with accents, Greek, Cyrillic, Hebrew, Arabic
  return 4;                   // CJK, Indic scripts, emoji
}

}  // namespace

std::int64_t picture_tokens(const TokenRule& rule, Size size, Detail detail) noexcept {
  using Kind = TokenRule::Kind;
  const Extent extent{std::max(1.0, static_cast<double>(size.width)),
                      std::max(1.0, static_cast<double>(size.height))};
  switch (rule.kind) {
    case Kind::none:
      return 0;
    case Kind::tiles:
      return tile_tokens(rule, extent, detail);
    case Kind::patches:
      return patch_tokens(rule, extent, detail);
    case Kind::claude:
      return claude_tokens(rule, extent);
    case Kind::gemini_tiles:
      return gemini_tile_tokens(rule, extent);
    case Kind::fixed:
      return rule.base + rule.per_tile;
    case Kind::qwen:
      return qwen_tokens(rule, extent);
    case Kind::grid:
      return grid_tokens(rule, extent);
    case Kind::split:
      return split_tokens(rule, extent);
    case Kind::slices:
      return slice_tokens(rule, extent);
    case Kind::anyres:
      return anyres_tokens(rule, extent);
    case Kind::unknown:
      break;
  }
  constexpr double usual_patch = 32;
  return patch_count(extent, usual_patch);
}

std::int64_t video_tokens(const TokenRule& rule, Size size, std::int64_t frames) noexcept {
  const std::int64_t group = std::max(rule.frame_group, 1);
  const std::int64_t groups = (std::max<std::int64_t>(frames, 0) + group - 1) / group;
  if (rule.frame_tokens > 0) return groups * rule.frame_tokens;
  return groups *
         (picture_tokens(rule, size, Detail::high) - (rule.kind == TokenRule::Kind::qwen ? rule.base : 0));
}

std::int64_t sound_tokens(const TokenRule& rule, double seconds) noexcept {
  return static_cast<std::int64_t>(std::ceil(std::max(seconds, 0.0) * rule.sound_tokens - slack));
}

std::int64_t text_tokens(std::string_view text) noexcept {
  std::int64_t quarters = 0;
  for (const char c : text) quarters += quarter_tokens(static_cast<unsigned char>(c));
  return (quarters + 3) / 4;
}

}  // namespace sensorium
