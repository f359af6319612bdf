// Measuring a luma plane in one pass: everything later steps want to know of a frame comes from the small
// picture of box means that is made here, so that no frame is touched twice or converted to RGB.
#pragma once

#include <cstddef>
#include <cstdint>

#include "media/frame_stream.h"

namespace sensorium::media {

/// A luma plane as decoders leave it. Samples of more than 8 bits are 16-bit little-endian, low bits used.
struct LumaPlane {
  const std::uint8_t* data = nullptr;
  std::ptrdiff_t stride = 0;  ///< bytes; negative for planes stored upside down
  Size size;
  int bits = 8;
  int shift = 0;            ///< samples are stored this many bits up (P010: 6)
  bool full_range = false;  ///< 0..255; else 16..235
  int rotation = 0;         ///< degrees clockwise to be upright
};

/// 0.3 ms for 1920 x 1080. Thread-safe.
LumaFacts measure_luma(const LumaPlane& plane);

/// Mean absolute difference of two thumbs, 0..255.
double thumb_difference(const LumaFacts& a, const LumaFacts& b) noexcept;

/// Bits in which two hashes differ.
int hash_distance(std::uint64_t a, std::uint64_t b) noexcept;

}  // namespace sensorium::media
