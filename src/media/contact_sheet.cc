// Cells are copied row by row into one raster.
#include "media/contact_sheet.h"

#include <algorithm>
#include <cstring>

#include "media/raster.h"
#include "media/vips/codec.h"

namespace sensorium::media {
namespace {

constexpr int gap = 4, quality = 80;
constexpr std::uint8_t ground = 24;
constexpr std::size_t most = 400;

void paste(Raster& sheet, const Pixels& cell, int left, int top) {
  const int wide = std::min(cell.size.width, sheet.size.width - left);
  const int high = std::min(cell.size.height, sheet.size.height - top);
  for (int y = 0; y < high; ++y)
    std::memcpy(sheet.bytes.data() + (static_cast<std::size_t>(top + y) * sheet.row_bytes()) +
                    static_cast<std::size_t>(left) * 3,
                cell.rgb.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(cell.size.width) * 3,
                static_cast<std::size_t>(std::max(wide, 0)) * 3);
}

}  // namespace

Result<std::string> contact_sheet(const CallContext& ctx,
                                  std::span<const std::shared_ptr<const std::string>> pictures, int columns) {
  if (pictures.empty()) return Error(Code::invalid_request, "There is no picture for the contact sheet");
  pictures = pictures.first(std::min(pictures.size(), most));
  columns = std::clamp(columns, 1, static_cast<int>(pictures.size()));
  const int rows = (static_cast<int>(pictures.size()) + columns - 1) / columns;
  Raster sheet;
  Size cell;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const Picture picture = SN_TRY(open_picture(pictures[i], {}));
    if (i == 0) {
      cell = picture.facts.upright_size();
      sheet.size = {columns * (cell.width + gap) + gap, rows * (cell.height + gap) + gap};
      sheet.bytes.assign(sheet.row_bytes() * static_cast<std::size_t>(sheet.size.height), ground);
    }
    const Pixels pixels = SN_TRY(decode_pixels(ctx, picture, cell.long_side()));
    const int at = static_cast<int>(i);
    paste(sheet, pixels, gap + at % columns * (cell.width + gap), gap + at / columns * (cell.height + gap));
  }
  return vips::encode_jpeg(ctx, sheet, quality);
}

}  // namespace sensorium::media
