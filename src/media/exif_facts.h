// What EXIF says about a picture beyond its pixels, for prompts that ask for it.
// Surprising: the words in EXIF are untrusted text that ends in a prompt: they are cut to printable ASCII and
// 48 characters, and the place is left out unless it is asked for by name.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sensorium::media {

struct ExifFacts {
  std::string camera, lens, taken;                 ///< "Canon EOS R5", "RF24-70mm", "2024-05-01 10:20:30"
  std::string exposure;                            ///< "1/250 s, f/2.8, ISO 400, 50 mm"
  int orientation = 1;                             ///< 1..8
  std::optional<std::pair<double, double>> place;  ///< degrees north and east
};

/// Of a TIFF-shaped block ("II*\0..." or "MM\0*..."), with or without "Exif\0\0" before it. Total: broken
/// EXIF has no facts.
ExifFacts exif_facts(std::string_view block);

enum class Place : std::uint8_t { hidden, shown };
/// "camera: Canon EOS R5; taken: 2024-05-01 10:20:30"; "" when there is nothing to say.
std::string exif_words(const ExifFacts& facts, Place place);

/// The EXIF block of a picture file of any format; "" when it has none. Blocking (libvips reads headers).
std::string exif_block(std::string_view file);

}  // namespace sensorium::media
