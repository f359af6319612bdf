#include "workers/reader/image.h"

#include <gmock/gmock.h>

namespace sensorium::reader {
namespace {

Image ramp(int w, int h) {
  auto image = blank({w, h}, 0);
  for (int y = 0; y < h; ++y)
    for (int x = 0; x < w; ++x)
      for (int c = 0; c < 3; ++c) {
        const int at = (y * w + x) * 3 + c;
        image.rgb[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(10 * x + y + 60 * c);
      }
  return image;
}

std::uint8_t red(const Image& image, int x, int y) {
  const int at = (y * image.size.width + x) * 3;
  return image.rgb[static_cast<std::size_t>(at)];
}

TEST(Resized, KeepsAFlatPictureFlatInBothDirections) {
  const auto flat = blank({37, 23}, 77);
  for (const media::Size to : {media::Size{74, 46}, {10, 10}, {1, 1}, {37, 5}, {300, 2}}) {
    const auto out = resized(flat, to);
    EXPECT_EQ(out.size, to);
    EXPECT_THAT(out.rgb, testing::Each(77));
  }
}

TEST(Resized, HalvingAveragesAndDoublingInterpolates) {
  Image two{{2, 1}, {0, 0, 0, 100, 100, 100}};
  EXPECT_EQ(red(resized(two, {1, 1}), 0, 0), 50);
  const auto four = resized(two, {4, 1});
  EXPECT_EQ(red(four, 0, 0), 0);
  EXPECT_EQ(red(four, 1, 0), 25);
  EXPECT_EQ(red(four, 2, 0), 75);
  EXPECT_EQ(red(four, 3, 0), 100);
}

TEST(Resized, OnePixelWidePicturesWork) {
  EXPECT_EQ(resized(blank({1, 1000}, 9), {4, 10}).rgb[0], 9);
  EXPECT_EQ(resized(blank({1000, 1}, 9), {10, 4}).rgb[0], 9);
}

TEST(Rotated, AQuarterTurnPutsTheTopLeftAtTheTopRight) {
  const auto image = ramp(4, 3);
  const auto once = rotated(image, 1);
  EXPECT_EQ(once.size, (media::Size{3, 4}));
  EXPECT_EQ(red(once, 2, 0), red(image, 0, 0));
  EXPECT_EQ(rotated(once, 3).rgb, image.rgb);
  EXPECT_EQ(rotated(rotated(image, 2), 2).rgb, image.rgb);
  EXPECT_EQ(rotated(image, 4).rgb, image.rgb);
}

TEST(Straightened, AnUprightQuadIsACrop) {
  const auto image = ramp(12, 9);
  const Quad quad{{{2, 3}, {7, 3}, {7, 6}, {2, 6}}};
  const auto out = straightened(image, quad, {5, 3});
  EXPECT_EQ(out.rgb, cropped(image, 2, 3, {5, 3}).rgb);
}

TEST(Straightened, QuadsOutsideThePictureRepeatItsEdge) {
  const auto flat = blank({5, 5}, 40);
  const Quad far{{{-1e9F, -1e9F}, {1e9F, -50}, {1e9F, 1e9F}, {-50, 1e9F}}};
  EXPECT_THAT(straightened(flat, far, {8, 8}).rgb, testing::Each(40));
}

TEST(Cropped, RepeatsTheEdgeOutside) {
  const auto out = cropped(ramp(3, 3), -2, -2, {7, 7});
  EXPECT_EQ(red(out, 0, 0), red(ramp(3, 3), 0, 0));
  EXPECT_EQ(red(out, 6, 6), red(ramp(3, 3), 2, 2));
}

TEST(ToPlanes, PutsBlueFirstAndScales) {
  const Image one{{1, 1}, {255, 0, 51}};
  std::vector<float> out(12, 9);
  to_planes(one, out, 2, 4);
  EXPECT_NEAR(out[0], -0.6F, 1e-5);
  EXPECT_EQ(out[4], -1);
  EXPECT_EQ(out[8], 1);
  EXPECT_EQ(out[1], 9) << "padding is not touched";
}

TEST(Grey, WeighsChannels) {
  EXPECT_EQ(grey({{1, 1}, {255, 255, 255}}).values[0], 255);
  EXPECT_EQ(grey({{1, 1}, {255, 0, 0}}).values[0], 76);
}

}  // namespace
}  // namespace sensorium::reader
