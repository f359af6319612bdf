// Measured facts of a picture: brightness, sharpness, main colours, hash, and what EXIF says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "workers/reader/image.h"

namespace sensorium::reader {

struct ColourShare {
  std::string_view name;  ///< one of eleven basic colour terms (Berlin and Kay)
  double share = 0;       ///< of the picture, 0..1
};

struct Facts {
  double brightness = 0;             ///< mean luma, 0..255
  double sharpness = 0;              ///< variance of the Laplacian of luma, long side at most 1024
  std::vector<ColourShare> colours;  ///< those above 3 %, largest first
  std::uint64_t phash = 0;
};

Facts measure(const Image& image);

struct ExifFacts {
  std::string camera, date;
  bool gps = false;
};

/// EXIF of a JPEG, PNG (eXIf) or WebP, found by its TIFF header in the first 256 KiB. Bounds-checked.
ExifFacts exif_facts(std::string_view bytes);

}  // namespace sensorium::reader
