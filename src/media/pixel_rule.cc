// All bounds are functions that grow with the long side, so the largest size within them is found by
// halving; whole patches at the edges need no special case.
#include "media/pixel_rule.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

namespace sensorium::media {
namespace {

constexpr int automatic_side = 2048;  // above this only on request: detail high, or tiles

std::int64_t patches(Size size, int grid) {
  const auto along = [grid](int side) { return (std::int64_t{side} + grid - 1) / grid; };
  return along(size.width) * along(size.height);
}

/// `upright` with the given long side, aspect kept, never enlarged, never below 1.
Size with_long_side(Size upright, int side) {
  const double scale = static_cast<double>(side) / upright.long_side();
  const auto scaled = [scale](int length) {
    return std::max(1, static_cast<int>(std::lround(length * scale)));
  };
  return upright.width >= upright.height ? Size{side, scaled(upright.height)}
                                         : Size{scaled(upright.width), side};
}

int side_bound(const PixelRule& rule, Detail detail) {
  int bound = rule.max_side > 0 ? rule.max_side : INT32_MAX;
  if (detail == Detail::automatic) bound = std::min(bound, automatic_side);
  if (detail == Detail::low && rule.low_side > 0) bound = std::min(bound, rule.low_side);
  return bound;
}

bool fits(const PixelRule& rule, Size size) {
  if (rule.max_short_side > 0 && size.short_side() > rule.max_short_side) return false;
  if (rule.max_pixels > 0 && size.pixels() > rule.max_pixels) return false;
  return rule.max_patches <= 0 || rule.grid <= 0 || patches(size, rule.grid) <= rule.max_patches;
}

/// The grid whose shape is nearest; of equally near ones the larger, if the picture has more than half
/// of its pixels.
Size nearest_shape(const PixelRule& rule, Size size) {
  const double shape = static_cast<double>(size.width) / size.height;
  double nearest = std::numeric_limits<double>::max();
  Size best{1, 1};
  for (int tiles = 1; tiles <= rule.max_tiles; ++tiles)
    for (int across = 1; across <= tiles; ++across) {
      if (tiles % across != 0) continue;
      const int down = tiles / across;
      const double distance = std::abs(shape - static_cast<double>(across) / down);
      const double half = 0.5 * rule.tile * rule.tile * tiles;
      if (distance < nearest || (distance == nearest && static_cast<double>(size.pixels()) > half))
        best = {across, down};
      nearest = std::min(nearest, distance);
    }
  return best;
}

/// The grid that keeps most of the picture, and of those the one that wastes least.
Size best_use(const PixelRule& rule, Size size) {
  static constexpr std::array grids{Size{1, 2}, Size{2, 1}, Size{2, 2}, Size{1, 3}, Size{3, 1}};
  double best_used = 0, least_wasted = 0;
  Size best{1, 1};
  for (const Size grid : grids) {
    const double width = grid.width * rule.tile, height = grid.height * rule.tile;
    const double scale = std::min(width / size.width, height / size.height);
    const double used = std::min(std::floor(size.width * scale) * std::floor(size.height * scale),
                                 static_cast<double>(size.pixels()));
    const double wasted = width * height - used;
    if (used < best_used || (used == best_used && wasted >= least_wasted)) continue;
    best_used = used, least_wasted = wasted, best = grid;
  }
  return best;
}

/// Within the canvas, aspect kept; a canvas in another shape is filled along one side only.
Size on_canvas(const PixelRule& rule, Size size) {
  if (rule.canvas == PixelRule::Canvas::none || rule.tile <= 0) return size;
  const Size tiles = canvas_tiles(rule, size);
  const double scale = std::min(static_cast<double>(tiles.width) * rule.tile / size.width,
                                static_cast<double>(tiles.height) * rule.tile / size.height);
  if (scale >= 1) return size;
  return with_long_side(size, std::max(1, static_cast<int>(std::lround(size.long_side() * scale))));
}

constexpr double spare = 1.0 / 32;           // of a side's length: what nobody misses
constexpr double worth_decoding = 1.0 / 16;  // of the patches, where nothing else needs a new encoding

/// A little smaller, if that saves rows or columns of patches.
Size on_grid(const PixelRule& rule, Size upright, Size size) {
  if (rule.grid <= 0) return size;
  const auto before = patches(size, rule.grid);
  const auto most = size == upright
                        ? static_cast<std::int64_t>(static_cast<double>(before) * (1 - worth_decoding))
                        : before - 1;
  Size best = size;
  std::int64_t least = most + 1;
  for (const int side : {size.width, size.height}) {
    const int whole = side / rule.grid * rule.grid;
    if (whole == 0 || whole == side || whole < side * (1 - spare)) continue;
    const double scale = static_cast<double>(whole) / side;
    const auto scaled = [&](int length) {
      return length == side ? whole : std::max(1, static_cast<int>(length * scale));
    };
    const Size smaller{scaled(size.width), scaled(size.height)};
    if (smaller.pixels() < rule.min_pixels) continue;
    if (const auto count = patches(smaller, rule.grid); count < least) best = smaller, least = count;
  }
  return best;
}

/// `upright`, whose long side may be `widest`, shrunk to the budget of pixels and then to whole patches of
/// one side; nothing where a side has not even one patch.
std::optional<Size> to_whole_patches(const PixelRule& rule, Size upright, int widest) {
  if (!rule.whole_patches || rule.grid <= 0) return std::nullopt;
  const double grid = rule.grid;
  double budget = static_cast<double>(rule.max_pixels);
  if (rule.max_patches > 0) budget = static_cast<double>(rule.max_patches) * grid * grid;
  if (budget <= 0) return std::nullopt;
  const double first = std::min(1.0, static_cast<double>(widest) / upright.long_side());
  const double width = upright.width * first, height = upright.height * first;
  const double scale = std::sqrt(budget / (width * height));
  constexpr double slack = 1e-9;  // for quotients that should be whole numbers
  const double across = std::floor(width * scale / grid + slack) * grid;
  const double down = std::floor(height * scale / grid + slack) * grid;
  if (across < grid || down < grid || std::min(across / width, down / height) > 1) return std::nullopt;
  if (across / width <= down / height)
    return Size{static_cast<int>(across), std::max(1, static_cast<int>(height * across / width + slack))};
  return Size{std::max(1, static_cast<int>(width * down / height + slack)), static_cast<int>(down)};
}

/// The largest size within all bounds.
Size within_bounds(const PixelRule& rule, Size upright, Detail detail) {
  const int widest = std::min(upright.long_side(), side_bound(rule, detail));
  const Size candidate = widest == upright.long_side() ? upright : with_long_side(upright, widest);
  if (fits(rule, candidate)) return candidate;
  if (const auto whole = to_whole_patches(rule, upright, widest); whole && fits(rule, *whole)) return *whole;
  // Every bound grows with the long side, so the largest that fits is found by halving.
  int good = 1, bad = widest;
  while (bad - good > 1) {
    const int middle = good + (bad - good) / 2;
    (fits(rule, with_long_side(upright, middle)) ? good : bad) = middle;
  }
  return with_long_side(upright, good);
}

}  // namespace

std::string_view name(Detail detail) noexcept {
  switch (detail) {
    case Detail::automatic:
      return "auto";
    case Detail::low:
      return "low";
    case Detail::high:
      return "high";
  }
  return "auto";
}

Size canvas_tiles(const PixelRule& rule, Size upright) noexcept {
  switch (rule.canvas) {
    case PixelRule::Canvas::nearest_shape:
      return nearest_shape(rule, upright);
    case PixelRule::Canvas::best_use:
      return best_use(rule, upright);
    case PixelRule::Canvas::none:
      break;
  }
  return {1, 1};
}

Size fit(const PixelRule& rule, Size upright, Detail detail) noexcept {
  upright = {std::max(1, upright.width), std::max(1, upright.height)};
  const Size bounded = on_canvas(rule, within_bounds(rule, upright, detail));
  if (bounded.pixels() >= rule.min_pixels) return on_grid(rule, upright, bounded);
  const double scale =
      std::sqrt(static_cast<double>(rule.min_pixels) / static_cast<double>(upright.pixels()));
  if (scale >= 1) return upright;
  return with_long_side(upright, static_cast<int>(std::ceil(upright.long_side() * scale)));
}

}  // namespace sensorium::media
