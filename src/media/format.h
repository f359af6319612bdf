// FormatDef: one picture format; formats.def lists them in the order they are asked.
// A new format is one file format/NAME.cc that defines `extern const FormatDef NAME_format` and a line.
#pragma once

#include <span>
#include <string_view>

#include "media/picture.h"

namespace sensorium::media {

struct FormatDef {
  std::string_view name;       ///< "jpeg"
  std::string_view mime;       ///< "image/jpeg"
  std::string_view extension;  ///< ".jpg", for names of temporary files only
  bool passable;               ///< may be sent on unchanged to engines that accept it
  bool library_header;         ///< the header is read by libvips: milliseconds, not microseconds
  int decode_bytes;  ///< bytes of memory a decoder needs per pixel of the original, interlaced ones apart
  /// True when `bytes` start like this format. Looks at no more than the first 512 bytes.
  bool (*sniff)(std::string_view bytes) noexcept;
  /// Reads the header without decoding; walks the structure to its end where that is cheap.
  /// Damage beyond the header is not an error but `facts.damage`, so that limits are judged first.
  Result<PictureFacts> (*probe)(std::string_view bytes);
  /// The same picture without EXIF, XMP and comments, bytewise; null where the format is never passed on.
  std::string (*strip)(std::string_view bytes);
};

/// All formats, in sniffing order.
std::span<const FormatDef* const> formats() noexcept;
/// The format of `bytes`, or null.
const FormatDef* sniff(std::string_view bytes) noexcept;

}  // namespace sensorium::media
