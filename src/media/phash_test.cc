// The hash against values computed by Python's imagehash 4.3.2; phash_vectors.py prints the table.
#include <gtest/gtest.h>

#include <bit>

#include "media/phash.h"
#include "media/prepare.h"
#include "media/samples.h"

namespace sensorium::media {
namespace {

using Make = Pixels (*)(Size, unsigned);

Pixels noise(Size size, unsigned seed) {
  Pixels pixels{size, {}};
  for (std::int64_t i = 0; i < size.pixels() * 3; ++i) {
    seed = (seed * 1103515245U + 12345U) & 0x7FFFFFFFU;
    pixels.rgb.push_back(static_cast<std::uint8_t>(seed >> 16));
  }
  return pixels;
}

/// Pixels of `at(x, y, channel)`.
template <class At>
Pixels painted(Size size, At at) {
  Pixels pixels{size, {}};
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x)
      for (int c = 0; c < 3; ++c) pixels.rgb.push_back(static_cast<std::uint8_t>(at(x, y, c)));
  return pixels;
}

Pixels waves(Size size, unsigned seed) {
  const int s = static_cast<int>(seed);
  return painted(
      size, [s](int x, int y, int c) { return (x * x * (s + c) / 97 + y * (11 + s * c) + x * y / 31) / 8; });
}

Pixels flat(Size size, unsigned seed) {
  return painted(size, [seed](int, int, int) { return seed; });
}

Pixels rows(Size size, unsigned seed) {
  const auto column = noise({1, size.height}, seed);
  return painted(size, [&](int, int y, int c) { return column.rgb[static_cast<std::size_t>(y * 3 + c)]; });
}

Pixels columns(Size size, unsigned seed) {
  const auto row = noise({size.width, 1}, seed);
  return painted(size, [&](int x, int, int c) { return row.rgb[static_cast<std::size_t>(x * 3 + c)]; });
}

Pixels mirror(Size size, unsigned seed) {
  const int half = size.width / 2;
  const auto left = noise({half, size.height}, seed);
  return painted(size, [&](int x, int y, int c) {
    return left.rgb[static_cast<std::size_t>((y * half + (x < half ? x : size.width - 1 - x)) * 3 + c)];
  });
}

Pixels box(Size size, unsigned seed) {
  const int s = static_cast<int>(seed), left = size.width / 3, top = size.height / 5;
  return painted(size, [=](int x, int y, int c) {
    constexpr int color[] = {250, 120, 30};
    return x >= left && x < left + 2 * s && y >= top && y < top + s ? color[c] : 0;
  });
}

struct Vector {
  Make make;
  Size size;
  unsigned seed;
  std::uint64_t expected;
};

constexpr Vector vectors[] = {
    {noise, {1, 1}, 3, 0x8000000000000000},      {noise, {7, 5}, 1, 0xcc05efcb5035a731},
    {noise, {32, 32}, 2, 0xb1cf34e2a2ed2e28},    {noise, {33, 31}, 5, 0x84a73070fb569f43},
    {noise, {64, 48}, 3, 0x92e6b78a7ea71640},    {noise, {320, 200}, 7, 0xa893c2eb2d2e4cea},
    {noise, {200, 320}, 4, 0xfe0631c881b556dd},  {noise, {500, 40}, 6, 0xa5fa58b03731e907},
    {noise, {641, 479}, 9, 0xf0c238c7d7e142d9},  {noise, {100, 181}, 8, 0x8833fa78dcd0247e},
    {waves, {1, 1}, 3, 0x0000000000000000},      {waves, {7, 5}, 1, 0x8000800080800080},
    {waves, {32, 32}, 2, 0xaa7fd0222f6a3c68},    {waves, {33, 31}, 5, 0xaa7cf250d431947e},
    {waves, {64, 48}, 3, 0xaa7f4564cc7bc818},    {waves, {320, 200}, 7, 0x8703070f1efcb85d},
    {waves, {200, 320}, 4, 0x9513151b1533e5af},  {waves, {500, 40}, 6, 0x81071f075e07bf0f},
    {waves, {641, 479}, 9, 0xff80fd000000ffff},  {waves, {100, 181}, 8, 0x992e3a2e7ac51a35},
    {flat, {50, 40}, 0, 0x0000000000000000},     {flat, {50, 40}, 255, 0x8000000000000000},
    {flat, {640, 480}, 77, 0x8000000000000000},  {rows, {60, 70}, 3, 0x8000808000000080},
    {rows, {321, 99}, 8, 0x8080008000000000},    {columns, {60, 70}, 3, 0xb200000000000000},
    {columns, {321, 99}, 8, 0xba00000000000000}, {mirror, {80, 60}, 2, 0x8a80a08a02280a82},
    {mirror, {300, 200}, 5, 0x82882a8aa2202a00}, {box, {320, 240}, 40, 0xcccc33333333cccc},
    {box, {640, 480}, 90, 0xcccc33333333cccc},   {box, {99, 101}, 20, 0x9e9e616161619e9e},
};

TEST(Phash, EqualsImagehash) {
  for (const auto& vector : vectors) {
    const auto pixels = vector.make(vector.size, vector.seed);
    EXPECT_EQ(phash(pixels), vector.expected)
        << vector.size.width << " x " << vector.size.height << ", seed " << vector.seed;
  }
}

TEST(Phash, IsTheSameForGreyInOneChannelAndInThree) {
  const auto grey = painted({90, 70}, [](int x, int y, int) { return x * 2 + y; });
  std::vector<std::uint8_t> single;
  for (std::size_t i = 0; i < grey.rgb.size(); i += 3) single.push_back(grey.rgb[i]);
  EXPECT_EQ(phash(grey), phash_of(single.data(), grey.size, 1));
}

TEST(Phash, OfNothingIsZero) { EXPECT_EQ(phash(Pixels{}), 0U); }

TEST(Phash, SurvivesShrinkingAndJpeg) {
  const auto pixels = waves({1200, 900}, 3);
  const Raster raster{pixels.size, 3, pixels.rgb};
  const auto original = phash(pixels);
  const auto picture = samples::open(samples::encode(raster, ".jpg[Q=80]"));
  const auto prepared = prepare({}, picture, {.pixels = {.max_side = 640}}, Detail::automatic);
  ASSERT_TRUE(prepared.has_value() && prepared->phash);
  EXPECT_LE(std::popcount(*prepared->phash ^ original), 6);
  const auto exact = prepare({}, picture, {.pixels = {.max_side = 640}, .hash = true}, Detail::automatic);
  ASSERT_TRUE(exact.has_value() && exact->phash);
  EXPECT_EQ(*exact->phash, phash(*decode_pixels({}, picture, 4096)));
  EXPECT_LE(exact->size.width, 640);
}

TEST(Phash, IsGivenOnRequestForPicturesThatPass) {
  const auto picture = samples::open(samples::encode(samples::photo({300, 200}), ".png"));
  const auto prepared = prepare({}, picture, {.hash = true}, Detail::automatic);
  ASSERT_TRUE(prepared.has_value());
  EXPECT_TRUE(prepared->passed_through);
  EXPECT_EQ(prepared->phash, phash(*decode_pixels({}, picture, 4096)));
}

}  // namespace
}  // namespace sensorium::media
