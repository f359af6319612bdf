// The one thing we need from EXIF before decoding: how the picture must be turned.
#pragma once

#include <string_view>

namespace sensorium::media {

/// Orientation 1..8 of a TIFF-shaped EXIF block ("II*\0..." or "MM\0*..."); 1 when absent or broken.
int exif_orientation(std::string_view tiff) noexcept;

/// True for an ICC profile that describes itself as sRGB: such a picture needs no colour work.
bool is_srgb_profile(std::string_view profile) noexcept;

}  // namespace sensorium::media
