// Header readers, strippers and the BMP decoder on arbitrary bytes. Checked besides not crashing: what
// is complete stays so when stripped, keeps its size, and has nothing personal left.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "media/bmp.h"
#include "media/format.h"
#include "media/picture.h"

namespace {

namespace media = sensorium::media;

void require(bool condition) {
  if (!condition) std::abort();
}

media::PictureLimits small() { return {.max_bytes = 1 << 20, .max_pixels = 1 << 20}; }

void check_strip(const media::Picture& picture) {
  const auto& facts = picture.facts;
  if (!facts.complete || !facts.format->strip) return;
  auto stripped = std::make_shared<const std::string>(facts.format->strip(*picture.bytes));
  const auto again = media::open_picture(stripped, small());
  require(again.has_value() && again->facts.size == facts.size && again->facts.complete);
  require(!again->facts.personal && again->facts.frames == facts.frames);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::make_shared<const std::string>(reinterpret_cast<const char*>(data), size);
  if (!media::opens_quickly(*bytes)) return 0;  // the parsers of libvips are not ours to fuzz
  const auto picture = media::open_picture(bytes, small());
  if (!picture) return 0;
  require(picture->facts.size.width > 0 && picture->facts.size.height > 0);
  check_strip(*picture);
  if (picture->facts.format->name == "bmp") {
    const auto pixels = media::decode_bmp({}, *bytes);
    if (pixels) require(static_cast<std::int64_t>(pixels->rgb.size()) == picture->facts.size.pixels() * 3);
  }
  return 0;
}
