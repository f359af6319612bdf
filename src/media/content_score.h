// How much two pictures differ, as PySceneDetect's ContentDetector scores it: mean differences of hue,
// saturation and value. Surprising: hue is OpenCV's 0..179 and its difference is not circular there either.
#pragma once

#include <cstdint>

#include "media/frame_stream.h"

namespace sensorium::media {

/// OpenCV's 8-bit BGR to HSV of `rgb` (interleaved, no padding).
HsvImage to_hsv(const std::uint8_t* rgb, Size size);

/// (dH + dS + dV) / 3, each the mean absolute difference; 0 when the sizes differ.
double content_score(const HsvImage& a, const HsvImage& b) noexcept;

/// The size that PySceneDetect compares at: 256 wide, never larger than the picture.
Size content_size(Size picture) noexcept;

}  // namespace sensorium::media
