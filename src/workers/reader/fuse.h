// Two readings of one Latin line made into one text, character by character, by the surer reader.
// PP-OCR seldom decodes a space between Latin words, but it sees them: over 17,000 pairs of glyphs a space
// likelihood of 0.03 told spaces from none with 5 mistakes, and that is where words are parted.
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

/// The network's reading of a Latin line on its own, words parted by the likelihood of a space.
LineText latin_text(const std::vector<Glyph>& glyphs);

/// True when the network is sure of every character and of every gap between words.
bool is_clear(const std::vector<Glyph>& glyphs);

/// `glyphs` may hold spaces; either side may be empty.
LineText fused(const std::vector<Glyph>& glyphs, const std::vector<LatinWord>& words);

}  // namespace sensorium::reader
