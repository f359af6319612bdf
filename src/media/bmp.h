// BMP: header and our own decoder, because libvips reads BMP only through ImageMagick, which is kept out.
#pragma once

#include "media/prepare.h"

namespace sensorium::media {

/// What both headers of a BMP say. Masks are those of BI_BITFIELDS or of the default layout.
struct BmpHeader {
  Size size;
  bool top_down = false;
  int bits = 0;  ///< per pixel: 1, 4, 8, 16, 24, 32
  std::uint32_t compression = 0;
  std::size_t pixels_at = 0;  ///< offset of the pixel data
  std::size_t palette_at = 0;
  int palette_colors = 0;
  int palette_entry = 4;  ///< bytes per palette entry, 3 in the oldest form
  std::uint32_t red = 0, green = 0, blue = 0, alpha = 0;
  std::size_t row_bytes() const noexcept {
    return (static_cast<std::size_t>(size.width) * static_cast<std::size_t>(bits) + 31) / 32 * 4;
  }
};

/// Errors: corrupt_media (sizes that contradict), unsupported_media (a JPEG or PNG inside a BMP).
Result<BmpHeader> read_bmp_header(std::string_view bytes);

/// Pixels from top to bottom, alpha blended on white. Errors: corrupt_media, and those of `ctx`.
Result<Pixels> decode_bmp(const CallContext& ctx, std::string_view bytes);

}  // namespace sensorium::media
