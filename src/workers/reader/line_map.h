// From the detection network's map of text likelihood to quads around lines (DB post-processing,
// "Real-time Scene Text Detection with Differentiable Binarization", thresholds of PP-OCR).
// Surprising: a line's score is the mean over its own pixels, not over its rectangle, or the bent lines of
// an open book are lost; and the paper grows outlines with a polygon library; ours are rectangles, whose
// growth is exact arithmetic.
#pragma once

#include <span>
#include <vector>

#include "workers/reader/geometry.h"

namespace sensorium::reader {

struct FoundLine {
  Quad quad{};      ///< in the coordinates of the map
  float score = 0;  ///< mean likelihood inside, 0..1
};

struct LineMapRule {
  float pixel_threshold = 0.3F;
  float box_threshold = 0.5F;   ///< for the mean likelihood of a line's own pixels
  float bent_threshold = 0.3F;  ///< for the mean over its rectangle
  float growth = 1.6F;          ///< distance = area * growth / perimeter
  float min_side = 3;
  std::size_t max_lines = 2000;
};

/// `map` has `size.pixels()` values of 0..1, row by row.
std::vector<FoundLine> find_lines(std::span<const float> map, media::Size size, const LineMapRule& rule = {});

}  // namespace sensorium::reader
