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
/// Where a side passes a multiple of `grid` by less than a thirty-second of its length, it is cut to it:
/// a row of patches is saved for pixels that nobody misses (see on_grid in the source).
struct PixelRule {
  /// Where the model lays the picture on a canvas of tiles that depends on its shape.
  enum class Canvas : std::uint8_t {
    none,
    nearest_shape,  ///< InternVL: stretched to the grid of at most max_tiles whose shape is nearest
    best_use,       ///< LLaVA 1.6: fitted into the one of five grids that keeps most of its pixels
  };

  int max_side = 2048;     ///< long side
  int max_short_side = 0;  ///< short side
  std::int64_t max_pixels = 0;
  std::int64_t min_pixels = 0;   ///< the model enlarges what has fewer: nothing is shrunk below it
  std::int64_t max_patches = 0;  ///< patches of `grid` x `grid` pixels, those at the edges counted whole
  int grid = 0;
  /// A picture over max_pixels or max_patches is shrunk until a whole number of patches fits one side, as
  /// OpenAI and Qwen-VL do themselves: anything larger would cost more than the original.
  bool whole_patches = false;
  int low_side = 512;  ///< long side for Detail::low
  Canvas canvas = Canvas::none;
  int tile = 0;       ///< px, of a canvas
  int max_tiles = 0;  ///< of a canvas
};

/// The canvas of `rule` for a picture of `upright` size: tiles across and down, at least 1 x 1.
/// Sources: InternVL's dynamic_preprocess, LLaVA's select_best_resolution.
Size canvas_tiles(const PixelRule& rule, Size upright) noexcept;

/// The size to send for a picture of `upright` size. Aspect ratio kept within a pixel; sides >= 1.
Size fit(const PixelRule& rule, Size upright, Detail detail) noexcept;

}  // namespace sensorium::media
