// GIF: counts frames by walking the blocks, without LZW. Surprising: frames may reach beyond the screen
// that the header names, and decoders then enlarge it; so does the size that is judged here.
#include <algorithm>

#include "media/byte_view.h"
#include "media/format.h"

namespace sensorium::media {
namespace {

constexpr std::size_t screen_header = 13;
constexpr std::uint8_t image_block = 0x2C, extension_block = 0x21, trailer = 0x3B, graphic_control = 0xF9;

std::size_t color_table_size(std::uint8_t flags) {
  return flags & 0x80 ? std::size_t{3} << ((flags & 7) + 1) : 0;
}

/// Behind the chain of sub-blocks at `at`; beyond the end when it is cut.
std::size_t skip_sub_blocks(const ByteView& view, std::size_t at) {
  while (view.has(at, 1)) {
    const std::size_t length = view.u8(at);
    at += 1 + length;
    if (length == 0) return at;
  }
  return view.size() + 1;
}

/// Walks to the trailer; true when nothing is cut.
bool walk(const ByteView& view, PictureFacts& facts) {
  facts.frames = 0;
  std::size_t at = screen_header + color_table_size(view.u8(10));
  while (view.has(at, 1)) {
    const std::uint8_t kind = view.u8(at);
    if (kind == trailer) {
      facts.complete = facts.frames > 0;
      return true;
    }
    if (kind == extension_block) {
      if (view.u8(at + 1) == graphic_control && (view.u8(at + 3) & 1)) facts.alpha = true;
      at = skip_sub_blocks(view, at + 2);
    } else if (kind == image_block && view.has(at, 10)) {
      const int right = static_cast<int>(view.le16(at + 1) + view.le16(at + 5));
      const int bottom = static_cast<int>(view.le16(at + 3) + view.le16(at + 7));
      facts.size = {std::max(facts.size.width, right), std::max(facts.size.height, bottom)};
      at = skip_sub_blocks(view, at + 10 + color_table_size(view.u8(at + 9)) + 1);
      if (at <= view.size()) ++facts.frames;
    } else {
      break;
    }
  }
  // Some writers forget the trailer: whole frames are enough.
  return at == view.size() && facts.frames > 0;
}

bool sniff_gif(std::string_view bytes) noexcept {
  return bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a");
}

Result<PictureFacts> probe_gif(std::string_view bytes) {
  const ByteView view(bytes);
  PictureFacts facts;
  facts.size = {static_cast<int>(view.le16(6)), static_cast<int>(view.le16(8))};
  if (!view.has(0, screen_header) || facts.size.width == 0 || facts.size.height == 0)
    return Error(Code::corrupt_media, "The GIF is damaged: its header is missing or broken",
                 "Save or download the picture again and check that the file is complete.");
  if (!walk(view, facts))
    facts.damage = facts.frames > 0 ? "it ends in the middle" : "it holds no whole frame";
  else if (facts.frames == 0) facts.damage = "it holds no picture data";
  if (facts.frames == 0) facts.frames = 1;
  return facts;
}

}  // namespace

extern const FormatDef gif_format{.name = "gif",
                                  .mime = "image/gif",
                                  .extension = ".gif",
                                  .passable = true,
                                  .library_header = false,
                                  .decode_bytes = 10,
                                  .sniff = sniff_gif,
                                  .probe = probe_gif,
                                  .strip = nullptr};

}  // namespace sensorium::media
