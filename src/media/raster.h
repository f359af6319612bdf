// Raster: decoded pixels on their way from the decoder to the encoder; inside media only.
#pragma once

#include <cstdint>
#include <vector>

#include "media/picture.h"

namespace sensorium::media {

/// 8-bit grey (1 channel) or RGB (3), rows top to bottom without padding.
struct Raster {
  Size size;
  int channels = 3;
  std::vector<std::uint8_t> bytes;

  std::size_t row_bytes() const noexcept {
    return static_cast<std::size_t>(size.width) * static_cast<std::size_t>(channels);
  }
  const std::uint8_t* row(int y) const noexcept {
    return bytes.data() + static_cast<std::size_t>(y) * row_bytes();
  }
};

/// `raster` turned as EXIF `orientation` 1..8 asks for.
Raster upright(Raster raster, int orientation);

/// Share (0..1) of sampled pixels that equal their left neighbour: high for screenshots and drawings.
double flatness(const Raster& raster) noexcept;

}  // namespace sensorium::media
