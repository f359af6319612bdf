// Decide whether to pass on or to decode; encode as JPEG or PNG, whichever is smaller and accepted.
#include "media/prepare.h"

#include <algorithm>
#include <cmath>

#include "base/sha256.h"
#include "media/format.h"
#include "media/phash.h"
#include "media/vips/codec.h"

namespace sensorium::media {
namespace {

constexpr int quality_step = 15, lowest_quality = 40, smallest_side = 16;
constexpr double size_step = 0.75;
constexpr double flat_enough_for_png = 0.5;
constexpr std::int64_t fixed_memory = 32LL << 20;  // libvips, the picture to send, strips between them
constexpr std::int64_t interlaced_bytes = 4;       // more per pixel

bool takes(const PrepareRule& rule, std::string_view format) {
  return std::ranges::find(rule.formats, format) != rule.formats.end();
}

struct Encoded {
  std::string bytes;
  std::string_view mime;
  Size size;
};

/// PNG can only win on drawings and screenshots; photographs are not tried, as a PNG costs ten times more.
bool png_may_win(const Picture& picture, const Raster& raster) {
  const auto source = picture.facts.format->name;
  return source != "jpeg" && source != "heif" && flatness(raster) >= flat_enough_for_png;
}

Result<Encoded> encode_once(const CallContext& ctx, const Raster& raster, const PrepareRule& rule,
                            int quality, bool try_png) {
  Encoded best;
  if (takes(rule, "jpeg"))
    best = {SN_TRY(vips::encode_jpeg(ctx, raster, quality)), "image/jpeg", raster.size};
  if (takes(rule, "png") && (try_png || best.bytes.empty())) {
    auto png = SN_TRY(vips::encode_png(ctx, raster));
    if (best.bytes.empty() || png.size() < best.bytes.size())
      best = {std::move(png), "image/png", raster.size};
  }
  if (best.bytes.empty())
    return Error(Code::misconfigured,
                 "The engine takes neither JPEG nor PNG, and nothing else can be written",
                 "Add jpeg or png to the formats of this engine.");
  return best;
}

/// Lowers the quality, then the size, until the limit of the engine is kept.
Result<Encoded> encode(const CallContext& ctx, Raster raster, const PrepareRule& rule, bool try_png) {
  for (int quality = rule.jpeg_quality;;) {
    auto encoded = SN_TRY(encode_once(ctx, raster, rule, quality, try_png));
    if (static_cast<std::int64_t>(encoded.bytes.size()) <= rule.max_bytes) return encoded;
    if (takes(rule, "jpeg") && quality - quality_step >= lowest_quality) {
      quality -= quality_step;
      continue;
    }
    if (raster.size.long_side() <= smallest_side)
      return Error(Code::too_large, "The picture cannot be made small enough for this engine",
                   "Raise the engine's limit of bytes for a picture.");
    const auto less = [](int side) { return std::max(1, static_cast<int>(side * size_step)); };
    raster = SN_TRY(vips::shrink(ctx, raster, {less(raster.size.width), less(raster.size.height)}));
  }
}

std::uint64_t hash_of(const Raster& raster) {
  return phash_of(raster.bytes.data(), raster.size, raster.channels);
}

Pixels to_pixels(Raster raster) {
  if (raster.channels == 3) return {raster.size, std::move(raster.bytes)};
  Pixels pixels{raster.size, std::vector<std::uint8_t>(raster.bytes.size() * 3)};
  for (std::size_t i = 0; i < raster.bytes.size(); ++i)
    std::fill_n(pixels.rgb.begin() + static_cast<std::ptrdiff_t>(i * 3), 3, raster.bytes[i]);
  return pixels;
}

std::shared_ptr<const std::string> passed_bytes(const Picture& picture, const PrepareRule& rule) {
  if (rule.as_is || !picture.facts.personal) return picture.bytes;
  return std::make_shared<const std::string>(picture.facts.format->strip(*picture.bytes));
}

Result<PreparedPicture> pass(const CallContext& ctx, const Picture& picture, const PrepareRule& rule) {
  PreparedPicture prepared{.bytes = passed_bytes(picture, rule),
                           .mime = picture.mime(),
                           .size = picture.facts.upright_size(),
                           .sha256 = {},
                           .phash = {},
                           .passed_through = true};
  prepared.sha256 = sha256_hex(*prepared.bytes);
  if (rule.hash) {
    const auto raster = SN_TRY(vips::decode(ctx, picture, prepared.size));
    prepared.phash = hash_of(raster);
  }
  return prepared;
}

/// The size is the largest that the rule would keep, so that estimates are not too low.
Result<PreparedPicture> address_of(const Picture& picture, const PrepareRule& rule, Detail detail) {
  constexpr Size large{4096, 4096};
  if (!rule.fetches)
    return Error(Code::model_limit, "This model takes no addresses of pictures",
                 "Set media.urls = \"fetch\", or choose another model with -m.");
  return PreparedPicture{.bytes = picture.bytes,
                         .mime = address_mime,
                         .size = fit(rule.pixels, large, detail),
                         .sha256 = sha256_hex(*picture.bytes),
                         .phash = {},
                         .passed_through = true};
}

bool acceptable(const Picture& picture, const PrepareRule& rule, Detail detail) {
  const auto& facts = picture.facts;
  return facts.format && facts.format->passable && takes(rule, facts.format->name) && facts.complete &&
         facts.damage.empty() && facts.srgb8 && !facts.alpha && facts.frames == 1 && facts.orientation == 1 &&
         (!facts.personal || facts.format->strip) &&
         static_cast<std::int64_t>(picture.bytes->size()) <= rule.max_bytes &&
         fit(rule.pixels, facts.size, detail) == facts.size;
}

}  // namespace

bool passes_through(const Picture& picture, const PrepareRule& rule, Detail detail) noexcept {
  if (picture.form == PictureForm::address) return true;
  return !rule.hash && (rule.as_is || acceptable(picture, rule, detail));
}

Result<PreparedPicture> prepare(const CallContext& ctx, const Picture& picture, const PrepareRule& rule,
                                Detail detail) {
  SN_TRY(ctx.check());
  if (picture.form == PictureForm::address) return address_of(picture, rule, detail);
  if (rule.as_is || acceptable(picture, rule, detail)) return pass(ctx, picture, rule);
  const Size whole = picture.facts.upright_size(), target = fit(rule.pixels, whole, detail);
  PreparedPicture prepared;
  auto raster = SN_TRY(vips::decode(ctx, picture, rule.hash ? whole : target));
  const bool try_png = png_may_win(picture, raster);
  // The hash of the whole picture when it is asked for, else of what is sent: a few bits apart at most.
  prepared.phash = hash_of(raster);
  if (rule.hash && target != raster.size) raster = SN_TRY(vips::shrink(ctx, raster, target));
  auto encoded = SN_TRY(encode(ctx, std::move(raster), rule, try_png));
  prepared.bytes = std::make_shared<const std::string>(std::move(encoded.bytes));
  prepared.mime = encoded.mime;
  prepared.size = encoded.size;
  prepared.sha256 = sha256_hex(*prepared.bytes);
  return prepared;
}

std::int64_t prepare_memory(const Picture& picture) noexcept {
  const auto& facts = picture.facts;
  const std::int64_t per_pixel =
      (facts.format ? facts.format->decode_bytes : 4) + (facts.interlaced ? interlaced_bytes : 0);
  return fixed_memory + facts.size.pixels() * per_pixel;
}

Result<Pixels> decode_pixels(const CallContext& ctx, const Picture& picture, int max_side) {
  PixelRule rule;
  rule.max_side = max_side;
  const Size target = fit(rule, picture.facts.upright_size(), Detail::high);
  return to_pixels(SN_TRY(vips::decode(ctx, picture, target)));
}

}  // namespace sensorium::media
