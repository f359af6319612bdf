// LatinReader: Tesseract's line recogniser for Latin script. The only place that sees Tesseract.
// Surprising: it is loaded at first use; a picture without Latin text never pays for it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "workers/reader/image.h"

namespace sensorium::reader {

/// A word with its likelihood 0..1 and where it stands in the line, in pixels of the crop.
struct LatinWord {
  std::string text;
  float confidence = 0;
  float left = 0;
  float right = 0;
};

/// Not thread-safe.
class LatinReader {
 public:
  explicit LatinReader(std::string language = "eng");
  ~LatinReader();
  LatinReader(const LatinReader&) = delete;
  LatinReader& operator=(const LatinReader&) = delete;

  /// The words of one straightened line. Errors: misconfigured when the language data is missing
  /// (told once, then every call gives no words).
  Result<std::vector<LatinWord>> read(const Image& line);
  bool available() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sensorium::reader
