// Reads one straightened line: PP-OCR always, Tesseract beside it where a Latin line leaves doubts.
#pragma once

#include "workers/reader/fuse.h"
#include "workers/reader/models.h"

namespace sensorium::reader {

/// What the lines before on the page were written in: wide Han characters may be squeezed to read faster.
enum class Expect : unsigned char { anything, han };

/// A line that reads badly is tried upside down as well: single lines may stand against their page.
Result<LineText> read_line(Models& models, LatinReader& latin, const Image& line, Expect expect);

}  // namespace sensorium::reader
