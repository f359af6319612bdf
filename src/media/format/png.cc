// PNG: walks the chunks by their lengths to IEND. Surprising: width and height are judged before the
// walk, so that a header of 40,000 x 40,000 costs nothing; checksums are left to the decoder.
#include <algorithm>

#include "media/byte_view.h"
#include "media/exif.h"
#include "media/format.h"

namespace sensorium::media {
namespace {

constexpr std::string_view signature("\x89PNG\r\n\x1a\n", 8);
constexpr std::size_t chunk_overhead = 12;  // length, type, checksum

struct Chunk {
  std::string_view type;
  std::string_view body;
  std::size_t end = 0;
  bool whole = false;
};

Chunk chunk_at(std::string_view bytes, std::size_t at) {
  const ByteView view(bytes);
  const std::size_t length = view.be32(at);
  if (!view.has(at, chunk_overhead) || !view.has(at + 8, length) || !view.has(at + 8 + length, 4)) return {};
  return {bytes.substr(at + 4, 4), bytes.substr(at + 8, length), at + chunk_overhead + length, true};
}

/// Chunks that change how pixels look, or hold them.
bool needed(std::string_view type) {
  constexpr std::string_view keep[] = {"IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "cHRM", "sRGB",
                                       "iCCP", "sBIT", "bKGD", "pHYs", "acTL", "fcTL", "fdAT", "cICP"};
  for (auto name : keep)
    if (name == type) return true;
  return false;
}

void read_chunk(const Chunk& chunk, PictureFacts& facts) {
  if (!needed(chunk.type)) facts.personal = true;
  if (chunk.type == "tRNS") facts.alpha = true;
  if (chunk.type == "iCCP" && !chunk.body.starts_with("sRGB")) facts.srgb8 = false;
  if (chunk.type == "cICP") facts.srgb8 = false;
  if (chunk.type == "eXIf") facts.orientation = exif_orientation(chunk.body);
  if (chunk.type == "acTL")
    facts.frames = static_cast<int>(std::max(1U, ByteView(chunk.body).be32(0) & 0xFFFF));
}

void walk(std::string_view bytes, PictureFacts& facts) {
  bool pixels = false;
  for (std::size_t at = signature.size();;) {
    const Chunk chunk = chunk_at(bytes, at);
    if (!chunk.whole) {
      facts.damage = "it ends in the middle";
      return;
    }
    pixels = pixels || chunk.type == "IDAT";
    if (chunk.type == "IEND") {
      facts.complete = pixels;
      facts.personal = facts.personal || chunk.end != bytes.size();
      if (!pixels) facts.damage = "it holds no picture data";
      return;
    }
    read_chunk(chunk, facts);
    at = chunk.end;
  }
}

bool sniff_png(std::string_view bytes) noexcept { return bytes.starts_with(signature); }

Result<PictureFacts> probe_png(std::string_view bytes) {
  const ByteView view(bytes);
  constexpr std::size_t header = 16;
  const std::uint32_t width = view.be32(header), height = view.be32(header + 4);
  if (!view.has(header, 13) || view.text(12, 4) != "IHDR" || width == 0 || height == 0 || width > INT32_MAX ||
      height > INT32_MAX)
    return Error(Code::corrupt_media, "The PNG is damaged: its header is missing or broken",
                 "Save or download the picture again and check that the file is complete.");
  PictureFacts facts;
  facts.size = {static_cast<int>(width), static_cast<int>(height)};
  facts.srgb8 = view.u8(header + 8) <= 8;
  facts.interlaced = view.u8(header + 12) != 0;
  facts.alpha = (view.u8(header + 9) & 4) != 0;
  walk(bytes, facts);
  return facts;
}

std::string strip_png(std::string_view bytes) {
  std::string out(signature);
  out.reserve(bytes.size());
  for (std::size_t at = signature.size();;) {
    const Chunk chunk = chunk_at(bytes, at);
    if (!chunk.whole) return out;
    if (needed(chunk.type)) out.append(bytes, at, chunk.end - at);
    if (chunk.type == "IEND") return out;
    at = chunk.end;
  }
}

}  // namespace

extern const FormatDef png_format{.name = "png",
                                  .mime = "image/png",
                                  .extension = ".png",
                                  .passable = true,
                                  .library_header = false,
                                  .decode_bytes = 5,
                                  .sniff = sniff_png,
                                  .probe = probe_png,
                                  .strip = strip_png};

}  // namespace sensorium::media
