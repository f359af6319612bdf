// Which recognisers a line needs.
#include "workers/reader/line_reader.h"

#include "base/log.h"
#include "base/text.h"
#include "workers/reader/script.h"

namespace sensorium::reader {
namespace {

constexpr float unsure = 0.6F;
constexpr float clearly_better = 0.2F;
// Han characters read as well at 0.85 of their width; Latin letters (an "fi" in "fifty") do not.
constexpr float han_stretch = 0.85F;

}  // namespace

Result<LineText> read_line(Models& models, LatinReader& latin, const Image& line, Expect expect) {
  const Image* used = &line;
  Image over;
  auto network = SN_TRY(models.read(line, expect == Expect::han ? han_stretch : 1));
  if (expect == Expect::han && script_of(network.text()) != "han") network = SN_TRY(models.read(line));
  if (network.confidence < unsure) {
    over = rotated(line, 2);
    auto other = SN_TRY(models.read(over));
    if (other.confidence > network.confidence + clearly_better) {
      network = std::move(other);
      used = &over;
    }
  }
  const auto text = network.text();
  // Tesseract's Latin data would turn Han characters into letters; bare numbers have no words to find.
  if (script_of(text) != "latin") return LineText{std::string(text::trim(text)), network.confidence, "ppocr"};
  if (is_clear(network.glyphs) || !latin.available()) return latin_text(network.glyphs);
  auto words = latin.read(*used);
  if (words) return fused(network.glyphs, *words);
  if (!latin.available()) {
    log::warning("reader", sentence(words.error()));
    return latin_text(network.glyphs);
  }
  return std::move(words).error();
}

}  // namespace sensorium::reader
