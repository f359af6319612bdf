// A bounds-checked walk of IFD0; broken EXIF means "not turned", as in every viewer.
#include "media/exif.h"

#include "media/byte_view.h"

namespace sensorium::media {

int exif_orientation(std::string_view tiff) noexcept {
  constexpr std::uint32_t orientation_tag = 0x0112, short_type = 3;
  constexpr std::size_t entry_size = 12;
  const bool little = tiff.starts_with(std::string_view("II*\0", 4));
  if (!little && !tiff.starts_with(std::string_view("MM\0*", 4))) return 1;
  const ByteView view(tiff);
  auto read16 = [&](std::size_t at) { return little ? view.le16(at) : view.be16(at); };
  const std::size_t ifd = little ? view.le32(4) : view.be32(4);
  const std::uint32_t entries = read16(ifd);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t at = ifd + 2 + i * entry_size;
    if (!view.has(at, entry_size)) return 1;
    if (read16(at) != orientation_tag || read16(at + 2) != short_type) continue;
    const std::uint32_t value = read16(at + 8);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

bool is_srgb_profile(std::string_view profile) noexcept {
  // The description is ASCII in version 2 profiles, UTF-16 in version 4; it stands near the front.
  const auto head = profile.substr(0, 4096);
  return head.find("sRGB") != std::string_view::npos ||
         head.find(std::string_view("s\0R\0G\0B", 7)) != std::string_view::npos;
}

}  // namespace sensorium::media
