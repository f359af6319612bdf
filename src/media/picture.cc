// Sniff, read the header, judge the limits, then the damage: in this order, so that a giant is
// refused as a giant even when only its header was sent.
#include "media/picture.h"

#include <fmt/format.h>

#include "media/foreign.h"
#include "media/format.h"

namespace sensorium::media {
namespace {

constexpr double mega = 1e6, mebi = 1 << 20;

Error too_many_bytes(std::size_t bytes, const PictureLimits& limits) {
  return Error(Code::too_large,
               fmt::format("The picture has {:.1f} MiB, more than the {:.0f} MiB allowed",
                           static_cast<double>(bytes) / mebi, static_cast<double>(limits.max_bytes) / mebi),
               "Send a smaller file, or raise media.max_bytes_mb.");
}

Error too_many_pixels(Size size, const PictureLimits& limits) {
  return Error(Code::too_large,
               fmt::format("The picture has {} x {} pixels ({:.0f} megapixels), more than the {:.0f} allowed",
                           size.width, size.height, static_cast<double>(size.pixels()) / mega,
                           static_cast<double>(limits.max_pixels) / mega),
               "Scale it down or cut it, or raise media.max_megapixels.");
}

Error side_too_long(Size size, const PictureLimits& limits) {
  return Error(Code::too_large,
               fmt::format("The picture has {} x {} pixels, and a side may have {} at most", size.width,
                           size.height, limits.max_side),
               "Cut it into parts and send those.");
}

/// Only the first frame is ever decoded, so its pixels are all that count.
Status within_limits(const PictureFacts& facts, const PictureLimits& limits) {
  if (facts.size.pixels() > limits.max_pixels) return too_many_pixels(facts.size, limits);
  if (facts.size.long_side() > limits.max_side) return side_too_long(facts.size, limits);
  return {};
}

}  // namespace

std::string_view Picture::mime() const noexcept {
  if (form == PictureForm::address) return address_mime;
  return facts.format ? facts.format->mime : "application/octet-stream";
}

bool opens_quickly(std::string_view bytes) noexcept {
  const FormatDef* format = sniff(bytes);
  return !format || !format->library_header;
}

Result<Picture> open_picture(std::shared_ptr<const std::string> bytes, const PictureLimits& limits) {
  if (!bytes || bytes->empty())
    return Error(Code::corrupt_media, "The picture is empty: it has no bytes",
                 "Check that the file was written or uploaded completely.");
  if (static_cast<std::int64_t>(bytes->size()) > limits.max_bytes)
    return too_many_bytes(bytes->size(), limits);
  const FormatDef* format = sniff(*bytes);
  if (!format) return refuse_foreign(*bytes);
  auto facts = SN_TRY(format->probe(*bytes));
  facts.format = format;
  SN_TRY(within_limits(facts, limits));
  if (!facts.damage.empty())
    return Error(Code::corrupt_media,
                 fmt::format("The {} picture is damaged: {}", format->name, facts.damage),
                 "Save or download the picture again and check that the file is complete.");
  return Picture{std::move(bytes), facts};
}

}  // namespace sensorium::media
