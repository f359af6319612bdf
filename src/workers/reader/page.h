// Page: everything written in a picture, in reading order, with places.
// Surprising: the page is turned upright first when its text is not; quads are given in the picture
// as it was handed in, so they point at what the caller sees.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "workers/reader/image.h"
#include "workers/reader/latin.h"
#include "workers/reader/models.h"

namespace sensorium::reader {

struct Line {
  Quad quad{};
  std::string text;
  float confidence = 0;     ///< 0..1
  std::string_view source;  ///< "ppocr", "tesseract" or "both" (they agree)
  std::string_view script;  ///< script_of(text)
};

struct PageTimings {
  double find = 0, turn = 0, read = 0;  ///< milliseconds
};

struct Page {
  std::vector<Line> lines;  ///< in reading order
  int rotation = 0;         ///< clockwise degrees that make the text upright: 0, 90, 180, 270
  PageTimings timings;
};

/// Not thread-safe.
class PageReader {
 public:
  PageReader(Models models, LatinReader& latin) : models_(std::move(models)), latin_(latin) {}

  /// Polls `ctx` between lines. Errors: cancelled, deadline_exceeded, internal.
  Result<Page> read(const CallContext& ctx, const Image& image);

 private:
  Models models_;
  LatinReader& latin_;
};

}  // namespace sensorium::reader
