// Two readings of one Latin line made into one text: characters by the surer reader, words by
// Tesseract, which sees spaces that PP-OCR runs over.
// Surprising: marks that only Tesseract sees are dropped; it likes to add a quote before a line and a
// full stop after it, and an answer must hold nothing that is not in the picture.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "workers/reader/ctc.h"
#include "workers/reader/latin.h"

namespace sensorium::reader {

struct LineText {
  std::string text;
  float confidence = 0;               ///< 0..1
  std::string_view source = "ppocr";  ///< "ppocr", "tesseract" or "both"
};

/// `glyphs` may hold spaces; either side may be empty.
LineText fused(const std::vector<Glyph>& glyphs, const std::vector<LatinWord>& words);

}  // namespace sensorium::reader
