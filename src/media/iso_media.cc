// The major brand decides; the general brands mif1 and msf1 leave it to the compatible ones.
#include "media/iso_media.h"

#include <algorithm>

#include "media/byte_view.h"

namespace sensorium::media {
namespace {

IsoKind kind_of(std::string_view brand) {
  constexpr std::string_view heic[] = {"heic", "heix", "heim", "heis", "hevc", "hevx"};
  if (brand == "avif" || brand == "avis") return IsoKind::avif;
  if (std::ranges::find(heic, brand) != std::end(heic)) return IsoKind::heic;
  if (brand == "M4A " || brand == "M4B " || brand == "F4A ") return IsoKind::audio;
  return IsoKind::none;
}

}  // namespace

IsoKind iso_kind(std::string_view bytes) noexcept {
  const ByteView view(bytes);
  if (view.text(4, 4) != "ftyp") return IsoKind::none;
  const auto major = view.text(8, 4);
  if (const auto kind = kind_of(major); kind != IsoKind::none) return kind;
  if (major != "mif1" && major != "msf1") return IsoKind::video;
  const std::size_t end = std::min<std::size_t>({view.be32(0), bytes.size(), 512});
  for (std::size_t at = 16; at + 4 <= end; at += 4)
    if (const auto kind = kind_of(view.text(at, 4)); kind != IsoKind::none) return kind;
  return IsoKind::heic;
}

}  // namespace sensorium::media
