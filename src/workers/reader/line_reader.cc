// Two opinions on a line.
#include "workers/reader/line_reader.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "base/text.h"
#include "workers/reader/script.h"

namespace sensorium::reader {
namespace {

constexpr float unsure = 0.6F;

std::string joined(const std::vector<LatinWord>& words) {
  std::string out;
  for (const auto& word : words) {
    if (!out.empty()) out += ' ';
    out += word.text;
  }
  return out;
}

float confidence(const std::vector<LatinWord>& words) {
  float sum = 0, length = 0;
  for (const auto& word : words) {
    sum += word.confidence * static_cast<float>(word.text.size());
    length += static_cast<float>(word.text.size());
  }
  return length > 0 ? sum / length : 0;
}

}  // namespace

LineText fused(const Recognised& network, const std::vector<LatinWord>& words, float) {
  const float sure = confidence(words);
  if (words.empty() || sure < 0.5F) return {network.text(), network.confidence, "ppocr"};
  return {joined(words), sure, "tesseract"};
}

Result<LineText> read_line(Models& models, LatinReader& latin, const Image& line) {
  auto network = SN_TRY(models.read(line));
  if (network.confidence < unsure) {
    auto other = SN_TRY(models.read(rotated(line, 2)));
    if (other.confidence > network.confidence + 0.2F) network = std::move(other);
  }
  const auto script = script_of(network.text());
  if (script != "latin") return LineText{network.text(), network.confidence, "ppocr"};
  const auto words = SN_TRY(latin.read(line));
  if (std::getenv("SN_DEBUG_LINES"))
    std::cerr << "P " << network.confidence << " " << network.text() << "\nT " << confidence(words) << " "
              << joined(words) << "\n";
  return fused(network, words, static_cast<float>(line.size.width));
}

}  // namespace sensorium::reader
