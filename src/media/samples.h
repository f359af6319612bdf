// Pictures for tests, made on the spot with known content. Surprising: the left half is red and the
// top left corner is blue, so that a test can tell how a picture was turned.
#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <string_view>

#include "media/prepare.h"
#include "media/raster.h"

namespace sensorium::media::samples {

using Bytes = std::shared_ptr<const std::string>;

/// Red left, green right, a blue corner of a quarter of each side at the top left.
Raster flag(Size size);
/// Repeatable noise over a gradient: compresses like a photograph.
Raster photo(Size size, unsigned seed = 1);

/// Encodes with libvips; `suffix` as libvips takes it: ".jpg[Q=90,interlace]", ".webp", ".avif".
std::string encode(const Raster& raster, std::string_view suffix);
/// The raster as CMYK JPEG, as 16-bit PNG, with an alpha channel of `alpha`, or as frames of an animation.
std::string cmyk_jpeg(Size size);
std::string deep_png(Size size);
std::string with_alpha(const Raster& raster, std::uint8_t alpha, std::string_view suffix);
std::string animation(const Raster& frame, int frames, std::string_view suffix);

/// A TIFF-shaped EXIF block with an orientation and a GPS directory that holds the word "SECRETPLACE".
std::string exif(int orientation);
/// `jpeg` with one more segment behind its start.
std::string with_segment(std::string_view jpeg, std::uint8_t marker, std::string_view body);
std::string with_exif(std::string_view jpeg, int orientation);

/// A PNG of `size` pixels' header and nothing behind it; and one whose chunks are whole.
std::string png_header(std::uint32_t width, std::uint32_t height);

/// An ICC profile (ICC.1:2001-04, matrix and gamma 2.2) that is sRGB with red and green exchanged.
std::string exchanged_profile();
std::string with_profile(std::string_view jpeg, std::string_view profile);

Bytes share(std::string bytes);
/// open_picture with the default limits; fails the test on an error.
Picture open(std::string bytes);

}  // namespace sensorium::media::samples

namespace sensorium::media {
/// How gtest names a size.
inline void PrintTo(Size size, std::ostream* out) { *out << size.width << " x " << size.height; }
}  // namespace sensorium::media
