// Picture: the untouched bytes of a picture and what its header says, known before any pixel exists.
// Surprising: the type is decided by content alone; names and declared MIME types are never asked.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/call_context.h"

namespace sensorium::media {

struct FormatDef;  // media/format.h

/// The MIME type of a picture that is sent as its address (RFC 2483).
inline constexpr std::string_view address_mime = "text/uri-list";

/// Width and height in pixels.
struct Size {
  int width = 0;
  int height = 0;
  bool operator==(const Size&) const = default;
  std::int64_t pixels() const noexcept { return std::int64_t{width} * height; }
  int long_side() const noexcept { return width > height ? width : height; }
  int short_side() const noexcept { return width > height ? height : width; }
};

/// Left, top and extent in pixels.
struct Region {
  int x = 0, y = 0, width = 0, height = 0;
  bool operator==(const Region&) const = default;
};

/// What a header tells. `size` is as stored; `upright_size()` is after EXIF orientation.
struct PictureFacts {
  const FormatDef* format = nullptr;
  Size size;
  int frames = 1;       ///< animation frames or pages
  int orientation = 1;  ///< EXIF 1..8
  bool alpha = false;
  bool srgb8 = true;        ///< 8-bit grey or RGB without a foreign profile: needs no colour work
  bool complete = false;    ///< structure walked to its end mark without decoding
  bool interlaced = false;  ///< progressive or interlaced: a decoder holds all of it at once
  bool personal = false;    ///< carries EXIF, XMP or comments, which may name a place or a person
  std::string_view
      damage;  ///< what is wrong with the structure ("it ends in the middle"); empty: nothing found
  Size upright_size() const noexcept { return orientation >= 5 ? Size{size.height, size.width} : size; }
};

/// Limits checked on the header. Pixels count over all frames that would be decoded.
struct PictureLimits {
  std::int64_t max_bytes = 64LL << 20;
  std::int64_t max_pixels = 100'000'000;
  int max_side = 65'535 * 4;
};

/// What a picture's bytes are: its file, or the http(s) address of it, which only some engines take.
enum class PictureForm : std::uint8_t { file, address };

/// Immutable; copies share the bytes. Thread-safe.
struct Picture {
  std::shared_ptr<const std::string> bytes;
  PictureFacts facts;  ///< nothing is known of an address
  PictureForm form = PictureForm::file;
  std::string_view mime() const noexcept;
};

/// True when open_picture() takes microseconds for these bytes. Headers of TIFF, HEIC and AVIF are read
/// by libvips, which takes milliseconds (30 the first time): open those on the CpuPool.
bool opens_quickly(std::string_view bytes) noexcept;

/// Sniffs, reads the header, applies the limits. Decodes nothing. Errors: unsupported_media, corrupt_media,
/// too_large.
Result<Picture> open_picture(std::shared_ptr<const std::string> bytes, const PictureLimits& limits);

}  // namespace sensorium::media
