// ZXing behind find_codes().
#include "workers/reader/codes.h"

#define ZX_USE_UTF8 1
#include <ZXing/ReadBarcode.h>

#include <exception>

#include "base/text.h"

namespace sensorium::reader {
namespace {

constexpr std::size_t max_codes = 64;

Point point(const ZXing::PointI& p) { return {static_cast<float>(p.x), static_cast<float>(p.y)}; }

/// ZXing reads two-digit interleaved and DX-like patterns into ruled paper and hatching; checked
/// symbologies and codes of some length do not appear by chance.
bool believable(const ZXing::Result& code) {
  using enum ZXing::BarcodeFormat;
  const auto format = code.format();
  if (format == ITF || format == Codabar || format == Code39)
    return code.text().size() >= 6 && code.lineCount() >= 3;
  return !code.text().empty();
}

}  // namespace

std::vector<FoundCode> find_codes(const Grey& image) {
  std::vector<FoundCode> found;
  try {
    const ZXing::ImageView view(image.values.data(), image.size.width, image.size.height,
                                ZXing::ImageFormat::Lum);
    ZXing::DecodeHints hints;
    hints.setTryHarder(true);
    hints.setTryRotate(true);
    hints.setMaxNumberOfSymbols(max_codes);
    for (const auto& code : ZXing::ReadBarcodes(view, hints)) {
      if (!code.isValid() || !believable(code)) continue;
      const auto& p = code.position();
      found.push_back(
          {ZXing::ToString(code.format()),
           text::clean_utf8(code.text()),
           {point(p.topLeft()), point(p.topRight()), point(p.bottomRight()), point(p.bottomLeft())}});
    }
  } catch (const std::exception&) { found.clear(); }
  return found;
}

}  // namespace sensorium::reader
