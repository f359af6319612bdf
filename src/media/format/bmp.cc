// BMP (Windows bitmap): a header with sizes and offsets; the pixels are checked by length alone.
#include "media/bmp.h"
#include "media/byte_view.h"
#include "media/format.h"

namespace sensorium::media {
namespace {

bool sniff_bmp(std::string_view bytes) noexcept {
  const ByteView view(bytes);
  const std::uint32_t header = view.le32(14);
  // Two letters are too little to go by: the reserved fields and the header length must fit as well.
  return bytes.starts_with("BM") && view.le32(6) == 0 && (header == 12 || (header >= 40 && header <= 1024));
}

Result<PictureFacts> probe_bmp(std::string_view bytes) {
  const auto bmp = SN_TRY(read_bmp_header(bytes));
  PictureFacts facts;
  facts.size = bmp.size;
  facts.alpha = bmp.alpha != 0;
  const bool plain = bmp.compression == 0 || bmp.compression == 3 || bmp.compression == 6;
  facts.complete =
      plain && bmp.pixels_at <= bytes.size() &&
      (bytes.size() - bmp.pixels_at) / bmp.row_bytes() >= static_cast<std::size_t>(bmp.size.height);
  if (plain && !facts.complete) facts.damage = "it ends in the middle";
  return facts;
}

}  // namespace

extern const FormatDef bmp_format{.name = "bmp",
                                  .mime = "image/bmp",
                                  .extension = ".bmp",
                                  .passable = false,
                                  .library_header = false,
                                  .decode_bytes = 4,
                                  .sniff = sniff_bmp,
                                  .probe = probe_bmp,
                                  .strip = nullptr};

}  // namespace sensorium::media
