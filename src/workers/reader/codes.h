// Bar codes and QR codes in a picture. The only place that sees ZXing.
#pragma once

#include <string>
#include <vector>

#include "workers/reader/image.h"

namespace sensorium::reader {

struct FoundCode {
  std::string format;  ///< "QRCode", "EAN-13", "Code128", ...
  std::string text;    ///< its content as UTF-8
  Quad quad{};
};

/// At most 64 codes. Never fails: what cannot be decoded is not a code.
std::vector<FoundCode> find_codes(const Grey& image);

}  // namespace sensorium::reader
