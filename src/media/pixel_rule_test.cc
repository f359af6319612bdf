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
  // Their own scaling would leave 1056 x 1408 of the first; what stays within the budget they do not touch.
  const PixelRule patches{.max_side = 2048, .max_patches = 1536, .grid = 32};
  EXPECT_EQ(fit(patches, {1800, 2400}, Detail::high), (Size{1080, 1440}));
  EXPECT_EQ(fit(patches, {1920, 1080}, Detail::high), (Size{1650, 928}));
  EXPECT_EQ(fit(patches, {1024, 1024}, Detail::high), (Size{1024, 1024}));
}

TEST(Fit, BoundsPatchesLikeAnthropic) {
  const PixelRule standard{.max_side = 1568, .max_patches = 1568, .grid = 28};
  EXPECT_EQ(fit(standard, {1920, 1080}, Detail::high), (Size{1456, 819}));
  EXPECT_EQ(fit(standard, {1075, 1520}, Detail::high), (Size{924, 1307}));
  EXPECT_EQ(fit(standard, {1092, 1092}, Detail::high), (Size{1092, 1092}));
  const PixelRule high{.max_side = 2576, .max_patches = 4784, .grid = 28};
  EXPECT_EQ(fit(high, {3840, 2160}, Detail::high), (Size{2576, 1449}));
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
