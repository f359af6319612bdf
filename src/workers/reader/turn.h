// How a page must be turned for its text to stand upright, judged from the lines found on it.
#pragma once

#include <span>

#include "workers/reader/models.h"

namespace sensorium::reader {

/// True when most of the writing (by length) runs up or down the picture.
bool runs_sideways(std::span<const FoundLine> lines) noexcept;

/// `line` straightened; a quad taller than wide is turned counter-clockwise, as the reference does.
Image line_image(const Image& image, const Quad& quad);

/// True when the text of the (sideways-corrected) page is upside down: the direction network asks, and
/// where it says yes or is divided the recognition network decides by reading a few lines both ways.
Result<bool> is_upside_down(Models& models, const Image& image, std::span<const FoundLine> lines);

}  // namespace sensorium::reader
