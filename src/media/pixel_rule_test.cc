// Sizes by rule, against the providers' published examples (docs/reference/token-rules.md).
#include "media/pixel_rule.h"

#include <gtest/gtest.h>

#include "media/samples.h"

namespace sensorium::media {

namespace {

TEST(Fit, KeepsWhatFits) {
  EXPECT_EQ(fit({}, {2048, 1536}, Detail::automatic), (Size{2048, 1536}));
  EXPECT_EQ(fit({}, {1, 1}, Detail::automatic), (Size{1, 1}));
  EXPECT_EQ(fit({.max_side = 0}, {9000, 20}, Detail::high), (Size{9000, 20}));
}

TEST(Fit, ShrinksTheLongSide) {
  EXPECT_EQ(fit({}, {4000, 3000}, Detail::automatic), (Size{2048, 1536}));
  EXPECT_EQ(fit({}, {3000, 4000}, Detail::automatic), (Size{1536, 2048}));
  EXPECT_EQ(fit({}, {4000, 3000}, Detail::low), (Size{512, 384}));
  EXPECT_EQ(fit({}, {400, 300}, Detail::low), (Size{400, 300}));
}

TEST(Fit, GoesAbove2048OnlyForDetailHigh) {
  const PixelRule rule{.max_side = 6000};
  EXPECT_EQ(fit(rule, {8000, 4000}, Detail::automatic), (Size{2048, 1024}));
  EXPECT_EQ(fit(rule, {8000, 4000}, Detail::high), (Size{6000, 3000}));
}

TEST(Fit, NeverMakesASideVanish) {
  EXPECT_EQ(fit({}, {1, 100'000}, Detail::automatic), (Size{1, 2048}));
  EXPECT_EQ(fit({}, {100'000, 1}, Detail::low), (Size{512, 1}));
  EXPECT_EQ(fit({.max_pixels = 1}, {500, 500}, Detail::high), (Size{1, 1}));
  EXPECT_EQ(fit({.max_patches = 1, .grid = 32}, {640, 480}, Detail::high), (Size{32, 24}));
  EXPECT_EQ(fit({}, {0, 0}, Detail::automatic), (Size{1, 1}));
}

TEST(Fit, BoundsTheShortSide) {
  // OpenAI tile models: 2048 on the long side, then 768 on the short one.
  const PixelRule tiles{.max_side = 2048, .max_short_side = 768};
  EXPECT_EQ(fit(tiles, {2048, 4096}, Detail::high), (Size{768, 1536}));
  EXPECT_EQ(fit(tiles, {1024, 1024}, Detail::high), (Size{768, 768}));
  EXPECT_EQ(fit(tiles, {512, 4096}, Detail::high), (Size{256, 2048}));
}

TEST(Fit, BoundsPixels) {
  const Size size = fit({.max_side = 0, .max_pixels = 1'000'000}, {4000, 3000}, Detail::high);
  EXPECT_LE(size.pixels(), 1'000'000);
  EXPECT_GT(size.pixels(), 998'000);
}

TEST(Fit, BoundsPatchesLikeOpenAi) {
  // 1056 x 1408 is the published example; the second is theirs (1649 x 928), cut to whole patches.
  const PixelRule patches{.max_side = 2048, .max_patches = 1536, .grid = 32, .whole_patches = true};
  EXPECT_EQ(fit(patches, {1800, 2400}, Detail::high), (Size{1056, 1408}));
  EXPECT_EQ(fit(patches, {1920, 1080}, Detail::high), (Size{1632, 918}));
  EXPECT_EQ(fit(patches, {3541, 5313}, Detail::high), (Size{981, 1472})) << "1024 x 1536 would cost more";
  EXPECT_EQ(fit(patches, {1024, 1024}, Detail::high), (Size{1024, 1024}));
}

TEST(Fit, BoundsPatchesLikeAnthropic) {
  const PixelRule standard{.max_side = 1568, .max_patches = 1568, .grid = 28};
  EXPECT_EQ(fit(standard, {1920, 1080}, Detail::high), (Size{1443, 812}));
  EXPECT_EQ(fit(standard, {1092, 1092}, Detail::high), (Size{1092, 1092}));
  const PixelRule high{.max_side = 2576, .max_patches = 4784, .grid = 28};
  EXPECT_EQ(fit(high, {3840, 2160}, Detail::high), (Size{2538, 1428}));
}

TEST(Fit, CutsASideToTheGridWhereThatSavesPatches) {
  const PixelRule patches{.max_side = 2048, .grid = 32};
  EXPECT_EQ(fit(patches, {1030, 770}, Detail::high), (Size{1024, 765})) << "33 x 25 patches become 32 x 24";
  EXPECT_EQ(fit(patches, {1024, 768}, Detail::high), (Size{1024, 768}));
  EXPECT_EQ(fit(patches, {1920, 1080}, Detail::high), (Size{1920, 1080}))
      << "one row of 34 is not worth a new encoding";
  EXPECT_EQ(fit(patches, {100, 100}, Detail::high), (Size{100, 100})) << "4 of 100 pixels would be missed";
  const PixelRule tiles{.max_side = 2048, .max_short_side = 768, .grid = 512};
  EXPECT_EQ(fit(tiles, {1030, 500}, Detail::high), (Size{1024, 497})) << "three tiles become two";
  EXPECT_EQ(fit(tiles, {1200, 800}, Detail::high), (Size{1152, 768}));
  EXPECT_EQ(fit({.max_side = 2048, .grid = 512}, {5, 5}, Detail::high), (Size{5, 5}));
}

TEST(Fit, ShrinksNothingThatTheModelWouldEnlargeAgain) {
  const PixelRule qwen{.max_side = 0, .min_pixels = 65536, .grid = 32, .whole_patches = true};
  EXPECT_EQ(fit(qwen, {200, 200}, Detail::low), (Size{200, 200}));
  EXPECT_GE(fit(qwen, {2000, 50}, Detail::low).pixels(), 65536);
  EXPECT_EQ(fit(qwen, {1024, 1024}, Detail::low), (Size{512, 512}));
}

TEST(Fit, LosesAThirtySecondAtMostToTheGrid) {
  const PixelRule patches{.max_side = 0, .grid = 28};
  for (int width = 1; width < 3000; width += 37)
    for (int height = 1; height < 3000; height += 41) {
      const Size size = fit(patches, {width, height}, Detail::high);
      EXPECT_GE(size.width * 33, width * 31) << width << "x" << height;
      EXPECT_GE((size.height + 1) * 33, height * 31) << width << "x" << height;
    }
}

TEST(Fit, LaysPicturesOnACanvasOfTiles) {
  const PixelRule internvl{
      .max_side = 5376, .canvas = PixelRule::Canvas::nearest_shape, .tile = 448, .max_tiles = 12};
  EXPECT_EQ(canvas_tiles(internvl, {4000, 3000}), (Size{4, 3}));
  EXPECT_EQ(fit(internvl, {4000, 3000}, Detail::high), (Size{1792, 1344}));
  EXPECT_EQ(fit(internvl, {3000, 3000}, Detail::high), (Size{1344, 1344}));
  EXPECT_EQ(fit(internvl, {300, 200}, Detail::high), (Size{300, 200})) << "never enlarged";
  const PixelRule llava{.max_side = 1008, .canvas = PixelRule::Canvas::best_use, .tile = 336};
  EXPECT_EQ(canvas_tiles(llava, {4000, 3000}), (Size{2, 2}));
  EXPECT_EQ(fit(llava, {4000, 3000}, Detail::high), (Size{672, 504}));
  EXPECT_EQ(fit(llava, {4000, 1000}, Detail::high), (Size{1008, 252}));
  EXPECT_EQ(canvas_tiles({}, {4000, 3000}), (Size{1, 1}));
}

TEST(Fit, KeepsTheAspectWithinAPixel) {
  for (int width = 1; width < 5000; width += 97) {
    const Size size = fit({.max_side = 777}, {width, 3333}, Detail::high);
    EXPECT_NEAR(size.width, static_cast<double>(width) * size.height / 3333, 1.0);
  }
}

TEST(DetailName, IsWhatRequestsSay) {
  EXPECT_EQ(name(Detail::automatic), "auto");
  EXPECT_EQ(name(Detail::low), "low");
  EXPECT_EQ(name(Detail::high), "high");
}

}  // namespace
}  // namespace sensorium::media
