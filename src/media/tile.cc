// The grid, and what both kinds of cutting share.
#include "media/tile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "media/compare.h"
#include "media/vips/codec.h"

namespace sensorium::media {
namespace {

constexpr int clear_step = 24;  // of 255; noise and the traces of JPEG stay below
constexpr int tile_quality = 92;
constexpr int fewest_marks = 6;            // pixels of detail: less is dust
constexpr std::int64_t bytes_a_pixel = 9;  // RGB, luma, sums, one tile

/// Where the tiles of one axis begin.
std::vector<int> starts(int length, int tile, int overlap) {
  std::vector<int> out{0};
  const int step = std::max(1, tile - overlap);
  while (out.back() + tile < length) out.push_back(std::min(out.back() + step, length - tile));
  return out;
}

}  // namespace

std::vector<Region> grid_tiles(Size whole, const TileRule& rule) {
  const Size tile{std::min(rule.most.width, whole.width), std::min(rule.most.height, whole.height)};
  const int overlap = std::clamp(rule.overlap, 0, std::max(0, std::min(tile.width, tile.height) / 2));
  std::vector<Region> out;
  for (const int y : starts(whole.height, tile.height, overlap))
    for (const int x : starts(whole.width, tile.width, overlap))
      out.push_back({x, y, tile.width, tile.height});
  return out;
}

DetailMap::DetailMap(const Pixels& pixels) : size_(pixels.size) {
  const auto grey = luma(pixels);
  const auto width = static_cast<std::size_t>(size_.width), height = static_cast<std::size_t>(size_.height);
  sums_.resize((width + 1) * (height + 1));
  for (std::size_t y = 0; y < height; ++y) {
    std::uint32_t row = 0;
    for (std::size_t x = 0; x < width; ++x) {
      const int here = grey[y * width + x];
      const bool left = x > 0 && std::abs(here - grey[y * width + x - 1]) > clear_step;
      const bool above = y > 0 && std::abs(here - grey[(y - 1) * width + x]) > clear_step;
      row += left || above ? 1U : 0U;
      sums_[(y + 1) * (width + 1) + x + 1] = sums_[y * (width + 1) + x + 1] + row;
    }
  }
}

std::int64_t DetailMap::sum(int x, int y) const noexcept {
  return sums_[static_cast<std::size_t>(y) * (static_cast<std::size_t>(size_.width) + 1) +
               static_cast<std::size_t>(x)];
}

std::int64_t DetailMap::detail(const Region& r) const noexcept {
  const int left = std::clamp(r.x, 0, size_.width), right = std::clamp(r.x + r.width, left, size_.width);
  const int top = std::clamp(r.y, 0, size_.height), bottom = std::clamp(r.y + r.height, top, size_.height);
  return sum(right, bottom) - sum(left, bottom) - sum(right, top) + sum(left, top);
}

bool DetailMap::blank(const Region& region) const noexcept { return detail(region) < fewest_marks; }

Result<std::vector<Region>> plan_tiles(const Pixels& pixels, const TileRule& rule) {
  const auto many = [&](std::size_t n) {
    return Error(
        Code::model_limit,
        fmt::format("The picture would be cut into {} tiles, and {} are the most", n, rule.most_tiles),
        "Ask for larger tiles, for example --tile=1024");
  };
  if (!rule.adaptive) {
    const std::int64_t across = pixels.size.width / std::max(1, rule.most.width - rule.overlap) + 1,
                       down = pixels.size.height / std::max(1, rule.most.height - rule.overlap) + 1;
    if (across * down > 4LL * rule.most_tiles) return many(static_cast<std::size_t>(across * down));
  }
  const DetailMap map(pixels);
  auto tiles = rule.adaptive ? adaptive_tiles(map, rule) : grid_tiles(pixels.size, rule);
  std::erase_if(tiles, [&](const Region& tile) { return map.blank(tile); });
  if (tiles.size() > static_cast<std::size_t>(rule.most_tiles)) return many(tiles.size());
  return tiles;
}

Result<std::string> encode_tile(const CallContext& ctx, const Pixels& pixels, const Region& region) {
  const bool inside = region.x >= 0 && region.y >= 0 && region.width > 0 && region.height > 0 &&
                      region.x + region.width <= pixels.size.width &&
                      region.y + region.height <= pixels.size.height;
  if (!inside) return Error(Code::internal, "A tile lies outside of its picture");
  Raster raster{{region.width, region.height}, 3, {}};
  raster.bytes.resize(raster.row_bytes() * static_cast<std::size_t>(region.height));
  for (int y = 0; y < region.height; ++y) {
    const auto from = (static_cast<std::size_t>(region.y + y) * static_cast<std::size_t>(pixels.size.width) +
                       static_cast<std::size_t>(region.x)) *
                      3;
    std::memcpy(raster.bytes.data() + static_cast<std::size_t>(y) * raster.row_bytes(),
                pixels.rgb.data() + from, raster.row_bytes());
  }
  return vips::encode_jpeg(ctx, raster, tile_quality);
}

Result<Pixels> decode_whole(const CallContext& ctx, const Picture& picture) {
  return decode_to(ctx, picture, picture.facts.upright_size());
}

std::int64_t tile_memory(const Picture& picture) noexcept {
  return prepare_memory(picture) + picture.facts.size.pixels() * bytes_a_pixel;
}

}  // namespace sensorium::media
