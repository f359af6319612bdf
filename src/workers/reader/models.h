// Models: the three networks of PP-OCR (find lines, tell upside down, read a line) and what goes in
// and out of them. Pre- and post-processing follow PaddleOCR's reference.
#pragma once

#include <string>
#include <vector>

#include "workers/reader/ctc.h"
#include "workers/reader/image.h"
#include "workers/reader/line_map.h"
#include "workers/reader/network.h"

namespace sensorium::reader {

/// What the recognition network made of one line. `columns` spans the whole width of the crop.
struct Recognised {
  std::vector<Glyph> glyphs;
  float columns = 0;
  float confidence = 0;  ///< mean likelihood of the glyphs, 0 when there are none
  std::string text() const;
};

/// Not thread-safe.
class Models {
 public:
  /// `folder` holds detection.onnx, direction.onnx and recognition.onnx. Errors: misconfigured.
  static Result<Models> load(const std::string& folder, int threads);

  /// Lines in the coordinates of `image`, found on `image` scaled by `scale`.
  Result<std::vector<FoundLine>> find(const Image& image, float scale);
  /// Likelihood that the straightened line is upside down.
  Result<float> upside_down(const Image& line);
  /// `stretch` below 1 squeezes the line, which is faster by as much.
  Result<Recognised> read(const Image& line, float stretch = 1);
  /// Gives back what finding lines took (100 MB for a page); call it when a page's lines are found.
  void rest();

 private:
  Models(Network detection, Network direction, Network recognition, Alphabet alphabet)
      : detection_(std::move(detection)),
        direction_(std::move(direction)),
        recognition_(std::move(recognition)),
        alphabet_(std::move(alphabet)) {}

  Network detection_;
  Network direction_;
  Network recognition_;
  Alphabet alphabet_;
};

}  // namespace sensorium::reader
