// Turning is done in square blocks, so that neither side strides through memory column by column.
#include "media/raster.h"

#include <algorithm>
#include <cstring>

namespace sensorium::media {
namespace {

/// Where the pixel at (0, 0) of the stored picture goes and how far its right and lower neighbours are.
struct Placement {
  std::ptrdiff_t origin, right, down;
};

Placement placement(Size turned, int orientation) {
  const std::ptrdiff_t width = turned.width, height = turned.height, last = width * height - 1;
  switch (orientation) {
    case 2:
      return {width - 1, -1, width};
    case 3:
      return {last, -1, -width};
    case 4:
      return {(height - 1) * width, 1, -width};
    case 5:
      return {0, width, 1};
    case 6:
      return {width - 1, width, -1};
    case 7:
      return {last, -width, -1};
    case 8:
      return {(height - 1) * width, -width, 1};
    default:
      return {0, 1, width};
  }
}

template <int channels>
void turn(const Raster& from, Raster& to, Placement place) {
  constexpr int block = 32;
  for (int top = 0; top < from.size.height; top += block)
    for (int left = 0; left < from.size.width; left += block)
      for (int y = top; y < std::min(top + block, from.size.height); ++y) {
        const std::uint8_t* pixel = from.row(y) + std::ptrdiff_t{left} * channels;
        std::ptrdiff_t at = place.origin + y * place.down + left * place.right;
        for (int x = left; x < std::min(left + block, from.size.width);
             ++x, at += place.right, pixel += channels)
          std::memcpy(to.bytes.data() + at * channels, pixel, channels);
      }
}

}  // namespace

Raster upright(Raster raster, int orientation) {
  if (orientation <= 1 || orientation > 8) return raster;
  Raster turned{raster.size, raster.channels, std::vector<std::uint8_t>(raster.bytes.size())};
  if (orientation >= 5) std::swap(turned.size.width, turned.size.height);
  const auto place = placement(turned.size, orientation);
  raster.channels == 1 ? turn<1>(raster, turned, place) : turn<3>(raster, turned, place);
  return turned;
}

double flatness(const Raster& raster) noexcept {
  constexpr int row_step = 8;
  std::size_t equal = 0, seen = 0;
  const auto channels = static_cast<std::size_t>(raster.channels);
  for (int y = 0; y < raster.size.height; y += row_step) {
    const std::uint8_t* row = raster.row(y);
    for (std::size_t at = channels; at < raster.row_bytes(); at += channels, ++seen)
      equal += std::memcmp(row + at, row + at - channels, channels) == 0;
  }
  return seen == 0 ? 0 : static_cast<double>(equal) / static_cast<double>(seen);
}

}  // namespace sensorium::media
