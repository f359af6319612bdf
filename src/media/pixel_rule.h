// PixelRule: how many pixels an engine keeps, as data. fit() gives the largest size worth sending.
// Sources of the rules: the providers' published formulas (docs/reference/token-rules.md).
#pragma once

#include <string_view>

#include "media/picture.h"

namespace sensorium::media {

enum class Detail : std::uint8_t { automatic, low, high };
std::string_view name(Detail detail) noexcept;  ///< "auto", "low", "high"

/// Every bound is optional (0 = none); all that are set apply, and a picture is never enlarged.
/// Detail::automatic never goes above 2048 on the long side, whatever max_side allows.
struct PixelRule {
  int max_side = 2048;     ///< long side
  int max_short_side = 0;  ///< short side
  std::int64_t max_pixels = 0;
  std::int64_t max_patches = 0;  ///< patches of `grid` x `grid` pixels, those at the edges counted whole
  int grid = 0;
  int low_side = 512;  ///< long side for Detail::low
};

/// The size to send for a picture of `upright` size. Aspect ratio kept within a pixel; sides >= 1.
Size fit(const PixelRule& rule, Size upright, Detail detail) noexcept;

}  // namespace sensorium::media
