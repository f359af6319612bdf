// The perceptual hash over rasters of one or three channels; inside media only.
#pragma once

#include <cstdint>

#include "media/picture.h"

namespace sensorium::media {

/// phash of 8-bit samples, `channels` 1 (grey) or 3 (RGB), rows without padding. Thread-safe.
std::uint64_t phash_of(const std::uint8_t* samples, Size size, int channels);

}  // namespace sensorium::media
