// The few image operations the reader needs, on 8-bit RGB pixels.
// Surprising: networks take blue first (they were trained on OpenCV's order); to_planes() swaps.
#pragma once

#include <span>

#include "media/prepare.h"
#include "workers/reader/geometry.h"

namespace sensorium::reader {

using Image = media::Pixels;

/// 8-bit grey, rows without padding.
struct Grey {
  media::Size size;
  std::vector<std::uint8_t> values;
};

Image blank(media::Size size, std::uint8_t value);
/// Bilinear; area average where a side shrinks by more than 1.5. `to` has sides of at least 1.
Image resized(const Image& from, media::Size to);
/// Clockwise by quarter turns.
Image rotated(const Image& from, int quarter_turns);
/// The part `left, top` + `size`; outside of the picture its edge is repeated.
Image cropped(const Image& from, int left, int top, media::Size size);
/// The inside of `quad` straightened to `size`, bicubic, edges repeated.
Image straightened(const Image& from, const Quad& quad, media::Size size);
/// Rec. 601 luma.
Grey grey(const Image& from);

/// Writes the three planes B, G, R of `from` as (v / 127.5 - 1) into the top left of a tensor whose
/// rows are `row` floats long and whose planes are `plane` floats long.
void to_planes(const Image& from, std::span<float> out, std::size_t row, std::size_t plane);

}  // namespace sensorium::reader
