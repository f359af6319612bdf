// Tiles: the grid covers everything, seams go between things, blank tiles are left out.
#include "media/tile.h"

#include <gtest/gtest.h>

#include "media/samples.h"

namespace sensorium::media {
namespace {

Pixels paper(Size size) {
  return {size, std::vector<std::uint8_t>(static_cast<std::size_t>(size.pixels() * 3), 245)};
}

void ink(Pixels& pixels, const Region& region) {
  // Stripes, as letters are: a filled box has detail at its edges only.
  for (int y = region.y; y < region.y + region.height; ++y)
    for (int x = region.x; x < region.x + region.width; ++x)
      for (int c = 0; c < 3; ++c)
        pixels.rgb[(static_cast<std::size_t>(y) * static_cast<std::size_t>(pixels.size.width) +
                    static_cast<std::size_t>(x)) *
                       3 +
                   static_cast<std::size_t>(c)] = x / 2 % 2 ? 245 : 20;
}

/// Lines of text of 20 px every 30 px.
Pixels page(Size size, const std::vector<Region>& columns) {
  auto pixels = paper(size);
  for (const Region& column : columns)
    for (int y = column.y; y + 20 <= column.y + column.height; y += 30)
      ink(pixels, {column.x, y, column.width, 20});
  return pixels;
}

bool covers(const std::vector<Region>& tiles, int x, int y) {
  return std::ranges::any_of(tiles, [&](const Region& t) {
    return x >= t.x && x < t.x + t.width && y >= t.y && y < t.y + t.height;
  });
}

TEST(Tile, TheGridCoversEverythingAndOverlaps) {
  for (Size size : {Size{4000, 6000}, Size{512, 512}, Size{513, 100}, Size{1, 1}, Size{3000, 90}}) {
    const auto tiles = grid_tiles(size, {});
    for (const Region& t : tiles) {
      EXPECT_GE(t.x, 0);
      EXPECT_LE(t.x + t.width, size.width);
      EXPECT_LE(t.y + t.height, size.height);
      EXPECT_LE(t.width, 512);
    }
    for (int y = 0; y < size.height; y += 37)
      for (int x = 0; x < size.width; x += 41) EXPECT_TRUE(covers(tiles, x, y));
    EXPECT_TRUE(covers(tiles, size.width - 1, size.height - 1));
  }
  EXPECT_EQ(grid_tiles({4000, 6000}, {}).size(), 9U * 14);
  EXPECT_EQ(grid_tiles({960, 512}, {}), (std::vector<Region>{{0, 0, 512, 512}, {448, 0, 512, 512}}));
}

TEST(Tile, SeamsGoBetweenLinesAndNeedNoOverlap) {
  const auto pixels = page({1000, 3000}, {{100, 100, 800, 2800}});
  const auto tiles = plan_tiles(pixels, {{1200, 700}, 64, true});
  ASSERT_TRUE(tiles);
  ASSERT_GE(tiles->size(), 4U);
  for (const Region& t : *tiles) {
    EXPECT_LE(t.height, 700);
    const int bottom = t.y + t.height;
    if (bottom < 3000 && bottom > 100)
      EXPECT_GE((bottom - 100) % 30, 20) << "a cut at " << bottom << " goes through a line";
  }
  for (std::size_t i = 1; i < tiles->size(); ++i)
    EXPECT_EQ((*tiles)[i].y, (*tiles)[i - 1].y + (*tiles)[i - 1].height);
}

TEST(Tile, ColumnsOfTextAreReadOneAfterTheOther) {
  const auto pixels = page({2000, 3000}, {{100, 100, 800, 2800}, {1100, 100, 800, 2800}});
  const auto tiles = plan_tiles(pixels, {{4000, 900}, 64, true});
  ASSERT_TRUE(tiles);
  ASSERT_GE(tiles->size(), 8U);
  for (std::size_t i = 0; i < tiles->size(); ++i) {
    const bool left = i < tiles->size() / 2;
    EXPECT_EQ((*tiles)[i].x < 900, left);
    EXPECT_LE((*tiles)[i].width, 1200);
  }
}

TEST(Tile, ACutThroughSomethingOverlaps) {
  auto pixels = paper({3000, 200});
  ink(pixels, {0, 20, 3000, 160});
  const auto tiles = plan_tiles(pixels, {{1000, 1000}, 64, true});
  ASSERT_TRUE(tiles);
  ASSERT_GE(tiles->size(), 3U);
  for (std::size_t i = 1; i < tiles->size(); ++i)
    EXPECT_EQ((*tiles)[i].x, (*tiles)[i - 1].x + (*tiles)[i - 1].width - 64);
  EXPECT_EQ(tiles->back().x + tiles->back().width, 3000);
}

TEST(Tile, BlankTilesAreLeftOut) {
  EXPECT_TRUE(plan_tiles(paper({3000, 3000}), {})->empty());
  EXPECT_TRUE(plan_tiles(paper({3000, 3000}), {{1000, 1000}, 64, true})->empty());
  auto pixels = paper({3000, 3000});
  ink(pixels, {2000, 2500, 100, 100});
  const auto tiles = plan_tiles(pixels, {});
  EXPECT_LE(tiles->size(), 4U);
  for (const Region& t : *tiles) EXPECT_TRUE(t.x + t.width > 2000 && t.y + t.height > 2500);
}

TEST(Tile, TooManyAreRefusedBeforeAnythingIsCut) {
  const auto tiles =
      plan_tiles(paper({4000, 4000}), {.most = {16, 16}, .overlap = 8, .adaptive = false, .most_tiles = 100});
  ASSERT_FALSE(tiles);
  EXPECT_EQ(tiles.error().code, Code::model_limit);
  EXPECT_FALSE(tiles.error().hint.empty());
}

TEST(Tile, ATileIsThatPartOfThePicture) {
  const auto picture = samples::open(samples::encode(samples::flag({300, 200}), ".png"));
  const auto whole = decode_whole({}, picture);
  ASSERT_TRUE(whole);
  const auto bytes = encode_tile({}, *whole, {200, 50, 80, 60});
  ASSERT_TRUE(bytes);
  const auto tile = samples::open(*bytes);
  EXPECT_EQ(tile.facts.size, (Size{80, 60}));
  const auto pixels = decode_whole({}, tile);
  EXPECT_LT(pixels->rgb[0], 40);
  EXPECT_GT(pixels->rgb[1], 90) << "green, from the right half";
  EXPECT_FALSE(encode_tile({}, *whole, {280, 0, 40, 10}));
  EXPECT_FALSE(encode_tile({}, *whole, {0, 0, 0, 10}));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(decode_whole(CallContext("", TimePoint::max(), stop.get_token()), picture));
}

}  // namespace
}  // namespace sensorium::media
