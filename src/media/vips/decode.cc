// Decoding is pulled strip by strip on the calling thread: no worker threads, a poll of the context
// between strips, and at no time more than one strip besides the small result.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

#include "media/bmp.h"
#include "media/format.h"
#include "media/vips/api.h"
#include "media/vips/codec.h"
#include "media/vips/feed.h"

namespace sensorium::media::vips {
namespace {

constexpr void* end_of_options = nullptr;
constexpr int strip_rows = 64;

/// A JPEG decoder halves for a third of the price of scaling; we let it when the result keeps at
/// least this share of the size wanted.
constexpr double shrink_tolerance = 0.9;

int shrink_on_load(const Picture& picture, Size target) {
  if (picture.facts.format->name != "jpeg") return 1;
  const double ratio = static_cast<double>(picture.facts.size.long_side()) / target.long_side();
  for (const int factor : {8, 4, 2})
    if (ratio >= factor * shrink_tolerance && picture.facts.size.short_side() >= factor) return factor;
  return 1;
}

/// libvips crops what libjpeg rounds up.
Size shrunk(Size size, int factor) { return {size.width / factor, size.height / factor}; }

Image load_interlaced(const Api& api, const Feed& feed, int factor) {
  if (factor > 1)
    return Image(api.vips_image_new_from_source(feed.source(), "", "access", VIPS_ACCESS_SEQUENTIAL,
                                                "fail_on", VIPS_FAIL_ON_TRUNCATED, "shrink", factor,
                                                end_of_options));
  return Image(api.vips_image_new_from_source(feed.source(), "", "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                              VIPS_FAIL_ON_TRUNCATED, end_of_options));
}

Image load(const Api& api, const Picture& picture, int factor) {
  const auto& bytes = *picture.bytes;
  if (factor > 1)
    return Image(api.vips_image_new_from_buffer(bytes.data(), bytes.size(), "", "access",
                                                VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_TRUNCATED,
                                                "shrink", factor, end_of_options));
  return Image(api.vips_image_new_from_buffer(bytes.data(), bytes.size(), "", "access",
                                              VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_TRUNCATED,
                                              end_of_options));
}

Image wrap(const Api& api, const std::vector<std::uint8_t>& bytes, Size size, int channels) {
  return Image(api.vips_image_new_from_memory(bytes.data(), bytes.size(), size.width, size.height, channels,
                                              VIPS_FORMAT_UCHAR));
}

Size size_of(const Api& api, const Image& image) {
  return {api.vips_image_get_width(image.get()), api.vips_image_get_height(image.get())};
}

/// Has colours that only a profile explains, or ink.
bool needs_profile(const Api& api, const Image& image) {
  return api.vips_image_get_typeof(image.get(), VIPS_META_ICC_NAME) != 0 ||
         api.vips_image_get_interpretation(image.get()) == VIPS_INTERPRETATION_CMYK;
}

bool plain(const Api& api, const Image& image) {
  const auto kind = api.vips_image_get_interpretation(image.get());
  return api.vips_image_get_format(image.get()) == VIPS_FORMAT_UCHAR &&
         (kind == VIPS_INTERPRETATION_sRGB || kind == VIPS_INTERPRETATION_B_W);
}

/// 8-bit sRGB or grey of exactly `size`; alpha, if any, is kept.
Result<Image> scaled(const Api& api, Image image, Size size, bool srgb8) {
  if (size == size_of(api, image) && srgb8 && plain(api, image)) return image;
  VipsImage* out = nullptr;
  const int failed =
      srgb8 || !needs_profile(api, image)
          ? api.vips_thumbnail_image(image.get(), &out, size.width, "height", size.height, "size",
                                     VIPS_SIZE_FORCE, "no_rotate", TRUE, end_of_options)
          : api.vips_thumbnail_image(image.get(), &out, size.width, "height", size.height, "size",
                                     VIPS_SIZE_FORCE, "no_rotate", TRUE, "export_profile", "srgb",
                                     end_of_options);
  if (failed) return take_error(api, Code::corrupt_media, "scaled");
  image.reset(out);
  if (plain(api, image)) return image;
  if (api.vips_colourspace(image.get(), &out, VIPS_INTERPRETATION_sRGB, end_of_options) != 0)
    return take_error(api, Code::unsupported_media, "turned into sRGB");
  image.reset(out);
  return image;
}

/// One row of `bands` channels as grey or RGB on white.
void flatten_row(const std::uint8_t* in, int bands, std::uint8_t* out, int width) {
  const int channels = bands < 3 ? 1 : 3;
  if (bands == channels) {
    std::memcpy(out, in, static_cast<std::size_t>(width) * static_cast<std::size_t>(channels));
    return;
  }
  for (int x = 0; x < width; ++x, in += bands, out += channels) {
    const unsigned alpha = in[channels], white = 255U * (255U - alpha);
    for (int c = 0; c < channels; ++c)
      out[c] = static_cast<std::uint8_t>((in[c] * alpha + white + 127U) / 255U);
  }
}

/// The end of the call, which may be why libvips failed, else `error`.
Error over_or(const CallContext& ctx, Error error) {
  auto alive = ctx.check();
  return alive ? std::move(error) : std::move(alive).error();
}

/// Computes `image` strip by strip.
Result<Raster> pull(const Api& api, const CallContext& ctx, const Image& image) {
  const Size size = size_of(api, image);
  const int bands = api.vips_image_get_bands(image.get());
  Raster raster{size, bands < 3 ? 1 : 3, {}};
  const Region region(api.vips_region_new(image.get()));
  if (!region) return take_error(api, Code::internal, "decoded");
  raster.bytes.resize(raster.row_bytes() * static_cast<std::size_t>(size.height));
  for (int top = 0; top < size.height; top += strip_rows) {
    SN_TRY(ctx.check());
    const VipsRect strip{0, top, size.width, std::min(strip_rows, size.height - top)};
    if (api.vips_region_prepare(region.get(), &strip) != 0)
      return over_or(ctx, take_error(api, Code::corrupt_media, "decoded to its end"));
    for (int y = top; y < top + strip.height; ++y) {
      const auto* row = region->data + std::ptrdiff_t{y - region->valid.top} * region->bpl -
                        std::ptrdiff_t{region->valid.left} * bands;
      flatten_row(row, bands, raster.bytes.data() + static_cast<std::size_t>(y) * raster.row_bytes(),
                  size.width);
    }
  }
  return raster;
}

/// `target` for a picture whose decoder found another size than its header named (GIF screens).
Size adapted(Size target, Size expected, Size found) {
  if (found == expected) return target;
  const double scale = static_cast<double>(target.long_side()) / expected.long_side();
  const auto part = [scale](int side) { return std::max(1, static_cast<int>(std::lround(side * scale))); };
  return {part(found.width), part(found.height)};
}

/// The budgets were judged by the header we read; a decoder that sees a larger picture is not let loose.
Status same_size(Size found, Size expected, const PictureFacts& facts) {
  const bool larger = found.width > expected.width || found.height > expected.height;
  if (!larger && (found == expected || facts.format->name == "gif")) return {};
  return Error(Code::corrupt_media,
               "The picture is damaged: its headers contradict each other about its size",
               "Save it again with a picture program, as JPEG or PNG.");
}

Result<Raster> decode_bitmap(const CallContext& ctx, const Picture& picture, Size target) {
  auto pixels = SN_TRY(decode_bmp(ctx, *picture.bytes));
  Raster raster{pixels.size, 3, std::move(pixels.rgb)};
  if (raster.size == target) return raster;
  return shrink(ctx, raster, target);
}

}  // namespace

Result<Raster> decode(const CallContext& ctx, const Picture& picture, Size target) {
  const auto& facts = picture.facts;
  if (facts.orientation >= 5) std::swap(target.width, target.height);
  if (facts.format->name == "bmp") return decode_bitmap(ctx, picture, target);
  const Api& api = *SN_TRY(vips::api());
  if (facts.format->name == "heif") load_heif_module(api);
  const int factor = shrink_on_load(picture, target);
  std::optional<Feed> feed;  // must outlive the image
  if (facts.interlaced) feed.emplace(api, ctx, *picture.bytes);
  Image image = feed ? load_interlaced(api, *feed, factor) : load(api, picture, factor);
  if (!image) return over_or(ctx, take_error(api, Code::corrupt_media, "opened"));
  const Size found = size_of(api, image), expected = shrunk(facts.size, factor);
  SN_TRY(same_size(found, expected, facts));
  target = adapted(target, expected, found);
  const Size size{std::min(target.width, found.width), std::min(target.height, found.height)};
  image = SN_TRY(scaled(api, std::move(image), size, facts.srgb8));
  return upright(SN_TRY(pull(api, ctx, image)), facts.orientation);
}

Result<Raster> shrink(const CallContext& ctx, const Raster& raster, Size size) {
  const Api& api = *SN_TRY(vips::api());
  Image image = wrap(api, raster.bytes, raster.size, raster.channels);
  if (!image) return take_error(api, Code::internal, "scaled");
  image = SN_TRY(scaled(api, std::move(image), size, true));
  return pull(api, ctx, image);
}

}  // namespace sensorium::media::vips
