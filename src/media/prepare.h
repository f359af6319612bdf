// prepare(): a picture as an engine wants it: upright, sRGB, flat, small enough, encoded once.
// Surprising: a JPEG, PNG or WebP that is already acceptable is passed on undecoded; only its EXIF, XMP
// and comments are cut out, bytewise, since they may tell where it was taken.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "media/picture.h"
#include "media/pixel_rule.h"

namespace sensorium::media {

/// What the engine takes. `formats` are FormatDef names.
struct PrepareRule {
  PixelRule pixels = {};
  std::vector<std::string_view> formats = {"jpeg", "png", "webp"};
  std::int64_t max_bytes = 20LL << 20;  ///< of the encoded picture; quality falls until it fits
  int jpeg_quality = 85;
  bool as_is = false;    ///< the engine reads the original itself: nothing is decoded
  bool fetches = false;  ///< the engine takes addresses and fetches them itself
  bool hash = false;     ///< fill phash although nothing else needs pixels
};

/// Ready to send. Immutable after creation.
struct PreparedPicture {
  std::shared_ptr<const std::string> bytes = {};
  std::string_view mime = {};
  Size size = {};
  std::string sha256 = {};  ///< of `bytes`, 64 hex digits
  std::optional<std::uint64_t> phash =
      {};  ///< of the pixels sent; of the whole upright picture when asked for
  bool passed_through = false;
};

/// True when prepare() would pass `picture` on without decoding: cheap enough for a shard up to about a
/// megabyte (a copy, where metadata is cut out, and SHA-256).
bool passes_through(const Picture& picture, const PrepareRule& rule, Detail detail) noexcept;

/// Blocking (milliseconds to a second): run it on the CpuPool unless passes_through().
/// Honours the context within 100 ms, except inside the decoders of HEIC, AVIF and WebP, which cannot
/// be interrupted (12 megapixels: 0.4, 0.2 and 0.15 s). Errors: corrupt_media, unsupported_media, too_large.
Result<PreparedPicture> prepare(const CallContext& ctx, const Picture& picture, const PrepareRule& rule,
                                Detail detail);

/// Estimated peak bytes of prepare(), for the MemoryBudget.
std::int64_t prepare_memory(const Picture& picture) noexcept;

/// 8-bit RGB pixels, rows top to bottom without padding.
struct Pixels {
  Size size;
  std::vector<std::uint8_t> rgb;
};

/// Upright sRGB pixels, flattened on white, shrunk (never enlarged) to fit `max_side`. Blocking.
Result<Pixels> decode_pixels(const CallContext& ctx, const Picture& picture, int max_side);

/// Perceptual hash equal to Python imagehash 4.3.2 phash(hash_size=8). Thread-safe.
std::uint64_t phash(const Pixels& pixels);

/// Once per process before any other call: sets up libvips (no untrusted loaders, no caches).
void start_library(const char* program_name);
/// At the end of each own thread that decoded.
void finish_thread() noexcept;

}  // namespace sensorium::media
