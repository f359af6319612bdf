#include "workers/reader/codes.h"

#include <ZXing/BitMatrix.h>
#include <ZXing/MultiFormatWriter.h>
#include <gmock/gmock.h>

namespace sensorium::reader {
namespace {

Grey drawn(ZXing::BarcodeFormat format, const std::string& text, int width, int height) {
  const auto bits =
      ZXing::MultiFormatWriter(format).encode(std::wstring(text.begin(), text.end()), width, height);
  Grey image{{bits.width() + 60, bits.height() + 60}, {}};
  image.values.assign(static_cast<std::size_t>(image.size.pixels()), 255);
  for (int y = 0; y < bits.height(); ++y)
    for (int x = 0; x < bits.width(); ++x)
      if (const int at = (y + 30) * image.size.width + x + 30; bits.get(x, y))
        image.values[static_cast<std::size_t>(at)] = 0;
  return image;
}

TEST(FindCodes, ReadsAQrCodeAndSaysWhere) {
  const auto codes =
      find_codes(drawn(ZXing::BarcodeFormat::QRCode, "https://northferry.example/t?id=2047", 200, 200));
  ASSERT_EQ(codes.size(), 1u);
  EXPECT_EQ(codes[0].format, "QRCode");
  EXPECT_EQ(codes[0].text, "https://northferry.example/t?id=2047");
  const auto box = bounds(codes[0].quad);
  EXPECT_GT(box.left, 25);
  EXPECT_LT(box.right, 235);
  EXPECT_GT(box.width(), 120);
}

TEST(FindCodes, ReadsBarCodes) {
  const auto codes = find_codes(drawn(ZXing::BarcodeFormat::EAN13, "4006381333931", 300, 100));
  ASSERT_EQ(codes.size(), 1u);
  EXPECT_EQ(codes[0].format, "EAN-13");
  EXPECT_EQ(codes[0].text, "4006381333931");
  EXPECT_EQ(find_codes(drawn(ZXing::BarcodeFormat::Code128, "NF-2047/B", 300, 80)).size(), 1u);
}

TEST(FindCodes, StripesAndNothingAreNoCodes) {
  Grey stripes{{400, 200}, std::vector<std::uint8_t>(80'000)};
  for (std::size_t i = 0; i < stripes.values.size(); ++i)
    stripes.values[i] = (i % 400) / 5 % 2 == 0 ? 0 : 255;
  EXPECT_TRUE(find_codes(stripes).empty());
  EXPECT_TRUE(find_codes({{1, 1}, {0}}).empty());
  EXPECT_TRUE(find_codes({{50, 50}, std::vector<std::uint8_t>(2500, 128)}).empty());
}

}  // namespace
}  // namespace sensorium::reader
