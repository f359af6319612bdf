// Measured facts on pictures whose facts are known.
#include "workers/reader/facts.h"

#include <gtest/gtest.h>

namespace sensorium::reader {
namespace {

TEST(Facts, OfPlainAndStripedPictures) {
  const Facts plain = measure(blank({64, 64}, 255));
  EXPECT_DOUBLE_EQ(plain.brightness, 255);
  EXPECT_DOUBLE_EQ(plain.sharpness, 0);
  ASSERT_EQ(plain.colours.size(), 1U);
  EXPECT_EQ(plain.colours[0].name, "white");

  Image stripes = blank({64, 64}, 0);
  for (std::size_t y = 0; y < 64; ++y)
    for (std::size_t x = 0; x < 32; ++x) stripes.rgb[3 * (y * 64 + x)] = 220;
  const Facts facts = measure(stripes);
  EXPECT_GT(facts.sharpness, 10);
  ASSERT_EQ(facts.colours.size(), 2U);
  EXPECT_EQ(facts.colours[1].name == "red" || facts.colours[0].name == "red", true);
  EXPECT_NEAR(facts.colours[0].share, 0.5, 0.01);
}

TEST(Facts, OfOnePixel) { EXPECT_EQ(measure(blank({1, 1}, 0)).colours.at(0).name, "black"); }

TEST(Exif, CameraDateAndPlace) {
  std::string tiff("II*\0\x08\0\0\0", 8);
  const auto entry = [&](int tag, int type, int count, std::string value) {
    tiff += {static_cast<char>(tag & 255),
             static_cast<char>(tag >> 8),
             static_cast<char>(type),
             0,
             static_cast<char>(count),
             0,
             0,
             0};
    value.resize(4);
    tiff += value;
  };
  tiff += std::string("\x03\0", 2);
  entry(0x110, 2, 4, "X1");
  entry(0x132, 2, 4, "now");
  entry(0x8825, 4, 1, "");
  const ExifFacts facts = exif_facts(std::string("\xFF\xD8\xFF\xE1..Exif\0\0", 12) + tiff);
  EXPECT_EQ(facts.camera, "X1");
  EXPECT_EQ(facts.date, "now");
  EXPECT_TRUE(facts.gps);
}

TEST(Exif, RubbishIsNothing) {
  EXPECT_EQ(exif_facts("").camera, "");
  EXPECT_EQ(exif_facts(std::string("Exif\0\0II*\0\xFF\xFF\xFF\xFF", 14)).date, "");
  EXPECT_FALSE(exif_facts(std::string("Exif\0\0MM\0*\0\0\0\x08\xFF\xFF", 16)).gps);
}

}  // namespace
}  // namespace sensorium::reader
