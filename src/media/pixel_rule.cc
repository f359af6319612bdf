// All bounds are functions that grow with the long side, so the largest size within them is found by
// halving; whole patches at the edges need no special case.
#include "media/pixel_rule.h"

#include <algorithm>
#include <cmath>

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

Size fit(const PixelRule& rule, Size upright, Detail detail) noexcept {
  upright = {std::max(1, upright.width), std::max(1, upright.height)};
  const int widest = std::min(upright.long_side(), side_bound(rule, detail));
  const Size candidate = widest == upright.long_side() ? upright : with_long_side(upright, widest);
  if (fits(rule, candidate)) return candidate;
  // Every bound grows with the long side, so the largest that fits is found by halving.
  int good = 1, bad = widest;
  while (bad - good > 1) {
    const int middle = good + (bad - good) / 2;
    (fits(rule, with_long_side(upright, middle)) ? good : bad) = middle;
  }
  return with_long_side(upright, good);
}

}  // namespace sensorium::media
