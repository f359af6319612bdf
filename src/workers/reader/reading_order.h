// The order in which a person reads lines: columns left to right, each from top to bottom.
// Recursive cuts along white gaps ("XY cut", Nagy 1984), the widest gap relative to the text first.
#pragma once

#include <span>
#include <vector>

#include "workers/reader/geometry.h"

namespace sensorium::reader {

/// Indices of `quads` in reading order; every index once.
std::vector<std::size_t> reading_order(std::span<const Quad> quads);

}  // namespace sensorium::reader
