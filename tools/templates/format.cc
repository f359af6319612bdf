// NAME: TODO what the format is, and what its header says.
#include "media/format.h"
#include "media/byte_view.h"

namespace sensorium::media {
namespace {

bool sniff_NAME(std::string_view bytes) noexcept { return bytes.starts_with("NAME"); }

Result<PictureFacts> probe_NAME(std::string_view bytes) {
  const ByteView view(bytes);
  PictureFacts facts;
  facts.size = {static_cast<int>(view.le32(4)), static_cast<int>(view.le32(8))};
  if (facts.size.width < 1 || facts.size.height < 1)
    return Error(Code::corrupt_media, "The NAME header gives no size", "Save the picture again");
  return facts;
}

}  // namespace

extern const FormatDef NAME_format{.name = "NAME",
                                   .mime = "image/NAME",
                                   .extension = ".NAME",
                                   .passable = false,
                                   .library_header = false,
                                   .decode_bytes = 4,
                                   .sniff = sniff_NAME,
                                   .probe = probe_NAME,
                                   .strip = nullptr};

}  // namespace sensorium::media
