// HEIC (iPhone photographs) and AVIF: one container, two codecs; libheif behind libvips reads both.
#include "media/format.h"
#include "media/iso_media.h"
#include "media/vips/header.h"

namespace sensorium::media {
namespace {

bool sniff_heif(std::string_view bytes) noexcept {
  const auto kind = iso_kind(bytes);
  return kind == IsoKind::heic || kind == IsoKind::avif;
}

Result<PictureFacts> probe_heif(std::string_view bytes) {
  return vips::read_header(bytes, iso_kind(bytes) == IsoKind::avif ? "AVIF" : "HEIC");
}

}  // namespace

extern const FormatDef heif_format{.name = "heif",
                                   .mime = "image/heif",
                                   .extension = ".heic",
                                   .passable = false,
                                   .library_header = true,
                                   .decode_bytes = 28,
                                   .sniff = sniff_heif,
                                   .probe = probe_heif,
                                   .strip = nullptr};

}  // namespace sensorium::media
