// Reads one straightened line with both recognisers where that helps, and makes one text of the two.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "workers/reader/latin.h"
#include "workers/reader/models.h"

namespace sensorium::reader {

struct LineText {
  std::string text;
  float confidence = 0;
  std::string_view source = "ppocr";
};

/// `line` may be upside down only by mistake of the detector: both ways are tried when unsure.
Result<LineText> read_line(Models& models, LatinReader& latin, const Image& line);

/// Both readings of a Latin line as one text: the surer one, with the words of Tesseract.
LineText fused(const Recognised& network, const std::vector<LatinWord>& words, float line_width);

}  // namespace sensorium::reader
