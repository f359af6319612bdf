// Which recognisers a line needs.
#include "workers/reader/line_reader.h"

#include "base/text.h"
#include "workers/reader/script.h"

namespace sensorium::reader {
namespace {

constexpr float unsure = 0.6F;
constexpr float clearly_better = 0.2F;

}  // namespace

Result<LineText> read_line(Models& models, LatinReader& latin, const Image& line) {
  const Image* used = &line;
  Image over;
  auto network = SN_TRY(models.read(line));
  if (network.confidence < unsure) {
    over = rotated(line, 2);
    auto other = SN_TRY(models.read(over));
    if (other.confidence > network.confidence + clearly_better) {
      network = std::move(other);
      used = &over;
    }
  }
  const auto text = network.text();
  const auto script = script_of(text);
  // Tesseract's Latin data would turn Han characters into letters; bare numbers have no words to find.
  if (script != "latin") return LineText{std::string(text::trim(text)), network.confidence, "ppocr"};
  auto words = latin.read(*used);
  if (!words) {
    if (!latin.available()) return LineText{std::string(text::trim(text)), network.confidence, "ppocr"};
    return std::move(words).error();
  }
  return fused(network.glyphs, *words);
}

}  // namespace sensorium::reader
