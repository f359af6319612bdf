// What the reader child found in a picture, as plain data, and its JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sensorium::reader {

/// Upright box in pixels of the upright original.
struct PageBox {
  int left = 0, top = 0, right = 0, bottom = 0;
  int height() const noexcept { return bottom - top; }
};

struct PageLine {
  std::string text;
  double confidence = 0;
  PageBox box;
  double height = 0;  ///< of the text itself, which a slanted line's box exceeds
};

struct PageCode {
  std::string format, text;
  PageBox box;
};

struct PageColour {
  std::string name;
  double share = 0;
};

struct PageFacts {
  std::string format;
  int frames = 1;
  std::int64_t bytes = 0;
  std::optional<double> brightness;  ///< mean luminance, 0..255
  std::optional<double> sharpness;   ///< variance of the Laplacian
  std::vector<PageColour> colours;
  std::string camera, date;  ///< from EXIF, "" when absent
  bool has_place = false;    ///< EXIF holds GPS
};

/// One picture as read. Lines are in reading order.
struct ReadPage {
  int width = 0, height = 0, rotation = 0;
  std::vector<PageLine> lines;
  std::vector<PageCode> codes;
  PageFacts facts;
};

/// The child's reply to POST /read. Errors: upstream_protocol.
Result<ReadPage> parse_page(std::string_view json);
/// The child's error body as our Error; `status` is its HTTP status.
Error parse_reader_error(int status, std::string_view body);

}  // namespace sensorium::reader
