// WebP: a RIFF file with one VP8 or VP8L bit stream, or VP8X with chunks (alpha, EXIF, animation).
// Surprising: the RIFF size may be smaller than the file; what lies behind it is not the picture.
#include <algorithm>

#include "media/byte_view.h"
#include "media/exif.h"
#include "media/format.h"

namespace sensorium::media {
namespace {

constexpr std::size_t riff_header = 12;
constexpr std::uint8_t flag_icc = 0x20, flag_alpha = 0x10, flag_animation = 0x02;

struct Chunk {
  std::string_view type;
  std::string_view body;
  std::size_t end = 0;  ///< behind the padding byte
  bool whole = false;
};

Chunk chunk_at(std::string_view bytes, std::size_t at) {
  const ByteView view(bytes);
  const std::size_t length = view.le32(at + 4);
  if (!view.has(at, 8) || !view.has(at + 8, length)) return {};
  return {bytes.substr(at, 4), bytes.substr(at + 8, length), at + 8 + length + (length & 1), true};
}

std::size_t riff_end(std::string_view bytes) { return std::size_t{ByteView(bytes).le32(4)} + 8; }

/// Size of the key frame of a lossy stream (RFC 6386, 9.1).
Size lossy_size(std::string_view body) {
  const ByteView view(body);
  if (view.text(3, 3) != "\x9d\x01\x2a") return {};
  return {static_cast<int>(view.le16(6) & 0x3FFF), static_cast<int>(view.le16(8) & 0x3FFF)};
}

Size lossless_size(std::string_view body) {
  const ByteView view(body);
  if (view.u8(0) != 0x2F || !view.has(1, 4)) return {};
  const std::uint32_t bits = view.le32(1);
  return {static_cast<int>(bits & 0x3FFF) + 1, static_cast<int>(bits >> 14 & 0x3FFF) + 1};
}

struct Walk {
  int frames = 0;
  bool pixels = false;
  bool canvas = false;
};

void read_chunk(const Chunk& chunk, PictureFacts& facts, Walk& walk) {
  const ByteView view(chunk.body);
  if (chunk.type == "VP8X" && view.has(0, 10)) {
    walk.canvas = true;
    facts.size = {static_cast<int>(view.le24(4)) + 1, static_cast<int>(view.le24(7)) + 1};
    facts.alpha = (view.u8(0) & flag_alpha) != 0;
    if (view.u8(0) & flag_animation) facts.frames = 2;  // at least; ANMF chunks tell how many
  } else if (chunk.type == "VP8 " || chunk.type == "VP8L") {
    walk.pixels = true;
    if (chunk.type == "VP8L") facts.alpha = facts.alpha || (view.u8(4) & 0x10) != 0;
    if (!walk.canvas) facts.size = chunk.type == "VP8L" ? lossless_size(chunk.body) : lossy_size(chunk.body);
  } else if (chunk.type == "ANMF") {
    walk.pixels = true;
    ++walk.frames;
  } else if (chunk.type == "ICCP") {
    facts.srgb8 = is_srgb_profile(chunk.body);
  } else if (chunk.type == "EXIF") {
    constexpr std::string_view prefix("Exif\0\0", 6);
    facts.personal = true;
    facts.orientation =
        exif_orientation(chunk.body.starts_with(prefix) ? chunk.body.substr(prefix.size()) : chunk.body);
  } else if (chunk.type != "ALPH" && chunk.type != "ANIM") {
    facts.personal = true;
  }
}

bool sniff_webp(std::string_view bytes) noexcept {
  return bytes.starts_with("RIFF") && bytes.size() >= riff_header && bytes.substr(8, 4) == "WEBP";
}

Result<PictureFacts> probe_webp(std::string_view bytes) {
  PictureFacts facts;
  Walk walk;
  const std::size_t end = std::min(riff_end(bytes), bytes.size());
  if (riff_end(bytes) > bytes.size()) facts.damage = "it ends in the middle";
  std::size_t at = riff_header;
  while (at + 8 <= end) {
    const Chunk chunk = chunk_at(bytes.substr(0, end), at);
    if (!chunk.whole) {
      facts.damage = "it ends in the middle";
      // The size stands at the front of a cut chunk, and limits are judged before damage.
      read_chunk({bytes.substr(at, 4), bytes.substr(at + 8, end - at - 8), end, false}, facts, walk);
      break;
    }
    read_chunk(chunk, facts, walk);
    at = chunk.end;
  }
  if (facts.size.width <= 0 || facts.size.height <= 0)
    return Error(Code::corrupt_media, "The WebP picture is damaged: its header is missing or broken",
                 "Save or download the picture again and check that the file is complete.");
  if (walk.frames > 0) facts.frames = walk.frames;
  if (facts.damage.empty() && !walk.pixels) facts.damage = "it holds no picture data";
  facts.complete = facts.damage.empty();
  facts.personal = facts.personal || end != bytes.size();
  return facts;
}

std::string strip_webp(std::string_view bytes) {
  constexpr std::string_view keep[] = {"VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF", "ICCP"};
  constexpr std::uint8_t kept_flags = flag_icc | flag_alpha | flag_animation;
  const auto inside = bytes.substr(0, riff_end(bytes));
  std::string out(bytes.substr(0, riff_header));
  out.reserve(bytes.size());
  for (std::size_t at = riff_header; at + 8 <= inside.size();) {
    const Chunk chunk = chunk_at(inside, at);
    if (!chunk.whole) break;
    for (auto type : keep) {
      if (type != chunk.type) continue;
      const std::size_t start = out.size();
      out.append(inside, at, chunk.end - at);
      if (out.size() & 1) out.push_back('\0');
      if (type == "VP8X" && !chunk.body.empty())
        out[start + 8] = static_cast<char>(out[start + 8] & kept_flags);
    }
    at = chunk.end;
  }
  const auto size = static_cast<std::uint32_t>(out.size() - 8);
  for (std::size_t i = 0; i < 4; ++i) out[4 + i] = static_cast<char>(size >> (8 * i) & 0xFF);
  return out;
}

}  // namespace

extern const FormatDef webp_format{.name = "webp",
                                   .mime = "image/webp",
                                   .extension = ".webp",
                                   .passable = true,
                                   .library_header = false,
                                   .decode_bytes = 9,
                                   .sniff = sniff_webp,
                                   .probe = probe_webp,
                                   .strip = strip_webp};

}  // namespace sensorium::media
