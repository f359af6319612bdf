// Comparison against scikit-image's figures (compare_vectors.py prints the table), planted changes, and
// pictures that do not fit together.
#include "media/compare.h"

#include <gtest/gtest.h>

#include "media/samples.h"

namespace sensorium::media {
namespace {

Pixels noise(Size size, unsigned seed) {
  Pixels pixels{size, {}};
  for (std::int64_t i = 0; i < size.pixels() * 3; ++i) {
    seed = (seed * 1103515245U + 12345U) & 0x7FFFFFFFU;
    pixels.rgb.push_back(static_cast<std::uint8_t>(seed >> 16));
  }
  return pixels;
}

Pixels waves(Size size, int seed) {
  Pixels pixels{size, {}};
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x)
      for (int c = 0; c < 3; ++c)
        pixels.rgb.push_back(
            static_cast<std::uint8_t>((x * x * (seed + c) / 97 + y * (11 + seed * c) + x * y / 31) / 8));
  return pixels;
}

void paint(Pixels& pixels, Region region, std::array<std::uint8_t, 3> colour) {
  for (int y = region.y; y < region.y + region.height; ++y)
    for (int x = region.x; x < region.x + region.width; ++x)
      for (std::size_t c = 0; c < 3; ++c)
        pixels.rgb[(static_cast<std::size_t>(y) * static_cast<std::size_t>(pixels.size.width) +
                    static_cast<std::size_t>(x)) *
                       3 +
                   c] = colour[c];
}

Pixels flat(Size size, std::uint8_t level) {
  return {size, std::vector<std::uint8_t>(static_cast<std::size_t>(size.pixels() * 3), level)};
}

Pixels lighter(Pixels pixels) {
  for (auto& sample : pixels.rgb) sample = static_cast<std::uint8_t>(std::min(255, sample + 12));
  return pixels;
}

Pixels boxed(Pixels pixels) {
  const auto [w, h] = pixels.size;
  paint(pixels, {w / 3, h / 5, w / 4, h / 4}, {250, 120, 30});
  return pixels;
}

double ssim_of(const Pixels& a, const Pixels& b) {
  auto value = ssim({}, luma(a), luma(b), a.size);
  EXPECT_TRUE(value);
  return value ? *value : -2;
}

TEST(Ssim, IsThatOfScikitImage) {
  struct Vector {
    Size size;
    int seed;
    double lighter, boxed;
  };
  for (const Vector& v :
       {Vector{{64, 48}, 3, 0.956819, 0.800335}, Vector{{320, 200}, 7, 0.993512, 0.953964},
        Vector{{101, 181}, 8, 0.992374, 0.965244}, Vector{{11, 11}, 2, 0.686076, 0.014035}}) {
    const auto pixels = waves(v.size, v.seed);
    EXPECT_NEAR(ssim_of(pixels, pixels), 1, 1e-6);
    EXPECT_NEAR(ssim_of(pixels, lighter(pixels)), v.lighter, 1e-4) << v.size.width;
    EXPECT_NEAR(ssim_of(pixels, boxed(pixels)), v.boxed, 1e-4) << v.size.width;
  }
  EXPECT_NEAR(ssim_of(noise({40, 30}, 1), lighter(noise({40, 30}, 1))), 0.995840, 1e-4);
  EXPECT_NEAR(ssim_of(noise({90, 70}, 1), lighter(noise({90, 70}, 1))), 0.995876, 1e-4);
  EXPECT_NEAR(ssim_of(noise({50, 40}, 1), noise({50, 40}, 2)), 0.031357, 1e-4);
}

TEST(Ssim, PicturesSmallerThanItsWindowStillHaveOne) {
  for (Size size : {Size{1, 1}, Size{3, 40}, Size{40, 2}, Size{10, 10}}) {
    EXPECT_NEAR(ssim_of(waves(size, 3), waves(size, 3)), 1, 1e-6);
    EXPECT_LT(ssim_of(flat(size, 0), flat(size, 255)), 0.01);
  }
  EXPECT_FALSE(ssim({}, {}, {}, {}));
  EXPECT_FALSE(ssim({}, {1, 2}, {1}, {2, 1}));
}

TEST(Compare, ChangedPixelsAreCountedAndBoxed) {
  const auto before = flat({400, 300}, 200);
  auto after = before;
  paint(after, {50, 60, 20, 10}, {0, 0, 0});
  paint(after, {300, 200, 30, 40}, {200, 200, 217});  // one channel by 17
  paint(after, {10, 280, 3, 3}, {0, 0, 0});           // too small to tell
  paint(after, {200, 10, 50, 50}, {216, 216, 216});   // within the tolerance
  const auto seen = compare_pixels({}, before, after);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->regions, (std::vector<Region>{{50, 60, 20, 10}, {300, 200, 30, 40}}));
  EXPECT_DOUBLE_EQ(seen->changed, (200.0 + 1200 + 9) / 120000);
  EXPECT_FALSE(seen->equal);
  EXPECT_LT(seen->ssim, 1);
  const auto strict = compare_pixels({}, before, after, {.tolerance = 15});
  EXPECT_EQ(strict->regions.size(), 3U);
  EXPECT_TRUE(compare_pixels({}, before, after, {.tolerance = 255})->equal);
}

TEST(Compare, WhatIsSixteenPixelsApartIsOneRegion) {
  const auto seen = [](int gap_across, int gap_down) {
    const auto before = flat({300, 200}, 90);
    auto after = before;
    paint(after, {40, 40, 10, 10}, {255, 0, 0});
    paint(after, {50 + gap_across, 50 + gap_down, 10, 10}, {255, 0, 0});
    return compare_pixels({}, before, after)->regions.size();
  };
  EXPECT_EQ(seen(16, 16), 1U);
  EXPECT_EQ(seen(17, 0), 2U);
  EXPECT_EQ(seen(0, 17), 2U);
  EXPECT_EQ(seen(-10, 16), 1U);
  // Sixteen dots of four pixels, none of them a region alone.
  const auto before = flat({300, 200}, 90);
  auto after = before;
  for (int i = 0; i < 16; ++i) paint(after, {20 + 15 * i, 100, 2, 2}, {0, 0, 255});
  EXPECT_EQ(compare_pixels({}, before, after)->regions, (std::vector<Region>{{20, 100, 227, 2}}));
}

TEST(Compare, OnlyTheLargestRegionsAreKeptAndTheRestCounted) {
  const auto before = flat({600, 600}, 10);
  auto after = before;
  for (int row = 0; row < 10; ++row)
    for (int column = 0; column < 10; ++column)
      paint(after, {column * 60, row * 60, 8 + column, 8 + row}, {250, 250, 250});
  const auto seen = compare_pixels({}, before, after);
  EXPECT_EQ(seen->regions.size(), 64U);
  EXPECT_EQ(seen->regions_left_out, 36U);
}

TEST(Compare, TheSecondIsTurnedAndScaledToTheFirst) {
  const auto first = samples::open(samples::encode(samples::flag({240, 160}), ".png"));
  const auto turned = samples::open(
      samples::with_exif(samples::encode(upright(samples::flag({240, 160}), 8), ".jpg[Q=95]"), 6));
  const auto larger = samples::open(samples::encode(samples::flag({480, 320}), ".png"));
  const auto same = compare_pictures({}, first, first);
  ASSERT_TRUE(same);
  EXPECT_TRUE(same->equal);
  EXPECT_EQ(same->phash_distance, 0);
  const auto other_way = compare_pictures({}, first, turned);
  ASSERT_TRUE(other_way);
  EXPECT_GT(other_way->ssim, 0.9);
  EXPECT_LE(other_way->phash_distance, 4);
  const auto scaled = compare_pictures({}, first, larger);
  ASSERT_TRUE(scaled);
  EXPECT_FALSE(scaled->equal) << "another size is a difference";
  EXPECT_LT(scaled->changed, 0.03);
  EXPECT_TRUE(compare_pictures({}, larger, first));
}

TEST(Compare, BadPicturesAreErrors) {
  EXPECT_FALSE(compare_pixels({}, flat({4, 4}, 1), flat({4, 5}, 1)));
  EXPECT_FALSE(compare_pixels({}, Pixels{}, Pixels{}));
  const auto good = samples::open(samples::encode(samples::flag({64, 64}), ".png"));
  auto cut_bytes = samples::encode(samples::photo({640, 480}), ".jpg");
  cut_bytes.resize(cut_bytes.size() / 2);
  const auto cut = open_picture(samples::share(cut_bytes), {});
  if (cut) {
    const auto compared = compare_pictures({}, good, *cut);
    ASSERT_FALSE(compared);
    EXPECT_EQ(compared.error().code, Code::corrupt_media);
  }
  std::stop_source stop;
  stop.request_stop();
  const CallContext gone("", TimePoint::max(), stop.get_token());
  EXPECT_EQ(compare_pictures(gone, good, good).error().code, Code::cancelled);
}

}  // namespace
}  // namespace sensorium::media
