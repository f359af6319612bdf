// Aligning two pictures and counting what differs.
#include "media/compare.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>

#include "media/phash.h"
#include "media/vips/codec.h"

namespace sensorium::media {
namespace {

constexpr std::int64_t most_pixels = 32'000'000;
constexpr std::int64_t work_bytes = 16;  // per pixel: two pictures, their scaled copies, masks, strips
constexpr int poll_rows = 64;

Size working_size(const Picture& first) {
  PixelRule rule;
  rule.max_side = 0;
  rule.max_pixels = most_pixels;
  return fit(rule, first.facts.upright_size(), Detail::high);
}

Pixels rgb_of(Raster raster) {
  if (raster.channels == 3) return {raster.size, std::move(raster.bytes)};
  Pixels pixels{raster.size, std::vector<std::uint8_t>(raster.bytes.size() * 3)};
  for (std::size_t i = 0; i < raster.bytes.size(); ++i)
    pixels.rgb[i * 3] = pixels.rgb[i * 3 + 1] = pixels.rgb[i * 3 + 2] = raster.bytes[i];
  return pixels;
}

/// 1 where a channel differs by more than `tolerance`.
Result<std::vector<std::uint8_t>> change_mask(const CallContext& ctx, const Pixels& first,
                                              const Pixels& second, int tolerance) {
  std::vector<std::uint8_t> mask(static_cast<std::size_t>(first.size.pixels()));
  const auto width = static_cast<std::size_t>(first.size.width);
  for (std::size_t y = 0; y < static_cast<std::size_t>(first.size.height); ++y) {
    if (y % poll_rows == 0) SN_TRY(ctx.check());
    const std::uint8_t* a = first.rgb.data() + y * width * 3;
    const std::uint8_t* b = second.rgb.data() + y * width * 3;
    for (std::size_t x = 0; x < width; ++x, a += 3, b += 3) {
      const int most = std::max({std::abs(a[0] - b[0]), std::abs(a[1] - b[1]), std::abs(a[2] - b[2])});
      mask[y * width + x] = most > tolerance;
    }
  }
  return mask;
}

Region scaled(const Region& region, Size from, Size to) {
  const double across = static_cast<double>(to.width) / from.width,
               down = static_cast<double>(to.height) / from.height;
  const auto low = [](double v) { return static_cast<int>(std::floor(v)); };
  const auto high = [](double v) { return static_cast<int>(std::ceil(v)); };
  Region out{low(region.x * across), low(region.y * down), 0, 0};
  out.width = std::min(high((region.x + region.width) * across), to.width) - out.x;
  out.height = std::min(high((region.y + region.height) * down), to.height) - out.y;
  return out;
}

}  // namespace

std::vector<std::uint8_t> luma(const Pixels& pixels) {
  constexpr std::uint32_t red = 19595, green = 38470, blue = 7471, half = 0x8000;
  std::vector<std::uint8_t> out(pixels.rgb.size() / 3);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::uint8_t* p = pixels.rgb.data() + i * 3;
    out[i] = static_cast<std::uint8_t>((p[0] * red + p[1] * green + p[2] * blue + half) >> 16U);
  }
  return out;
}

Result<Pixels> decode_to(const CallContext& ctx, const Picture& picture, Size size) {
  const Size own = picture.facts.upright_size();
  // Decoding lets a JPEG shrink by itself and may end a little below; a picture that is to keep its size
  // is decoded whole.
  auto raster = SN_TRY(vips::decode(ctx, picture, own == size ? size : own));
  if (raster.size != size) raster = SN_TRY(vips::shrink(ctx, raster, size));
  return rgb_of(std::move(raster));
}

Result<Comparison> compare_pixels(const CallContext& ctx, const Pixels& first, const Pixels& second,
                                  const CompareRule& rule) {
  if (first.size != second.size || first.size.pixels() <= 0)
    return Error(Code::internal, "Pictures of different sizes cannot be compared pixel by pixel");
  Comparison out;
  auto mask = SN_TRY(change_mask(ctx, first, second, rule.tolerance));
  const auto changed = std::ranges::count(mask, std::uint8_t{1});
  out.changed = static_cast<double>(changed) / static_cast<double>(first.size.pixels());
  out.equal = changed == 0;
  if (changed > 0) out.regions = regions_of(mask, first.size, rule, out.regions_left_out);
  mask = {};
  out.ssim = SN_TRY(ssim(ctx, luma(first), luma(second), first.size));
  out.phash_distance = std::popcount(phash(first) ^ phash(second));
  return out;
}

Result<Comparison> compare_pictures(const CallContext& ctx, const Picture& first, const Picture& second,
                                    const CompareRule& rule) {
  const Size whole = first.facts.upright_size(), size = working_size(first);
  const auto one = SN_TRY(decode_to(ctx, first, size));
  const auto two = SN_TRY(decode_to(ctx, second, size));
  Comparison out = SN_TRY(compare_pixels(ctx, one, two, rule));
  out.equal = out.equal && second.facts.upright_size() == whole;
  if (size != whole)
    for (auto& region : out.regions) region = scaled(region, size, whole);
  return out;
}

std::int64_t compare_memory(const Picture& first, const Picture& second) noexcept {
  const std::int64_t pixels = std::min(first.facts.size.pixels(), most_pixels);
  return prepare_memory(first) + prepare_memory(second) + pixels * work_bytes;
}

}  // namespace sensorium::media
