// TIFF: the header is read by libvips; directories may lie anywhere in the file.
#include "media/format.h"
#include "media/vips/header.h"

namespace sensorium::media {
namespace {

bool sniff_tiff(std::string_view bytes) noexcept {
  for (const std::string_view magic : {std::string_view("II*\0", 4), std::string_view("MM\0*", 4),
                                       std::string_view("II+\0", 4), std::string_view("MM\0+", 4)})
    if (bytes.starts_with(magic)) return true;
  return false;
}

Result<PictureFacts> probe_tiff(std::string_view bytes) { return vips::read_header(bytes, "TIFF"); }

}  // namespace

extern const FormatDef tiff_format{.name = "tiff",
                                   .mime = "image/tiff",
                                   .extension = ".tif",
                                   .passable = false,
                                   .library_header = true,
                                   .decode_bytes = 16,
                                   .sniff = sniff_tiff,
                                   .probe = probe_tiff,
                                   .strip = nullptr};

}  // namespace sensorium::media
