// BMP in every form that programs write, by hand: libvips has no writer for it that we allow.
#include "media/bmp.h"

#include <gtest/gtest.h>

#include "media/format.h"
#include "media/samples.h"

namespace sensorium::media {
namespace {

using namespace std::string_literals;

std::string le(std::int64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
  return out;
}

struct Form {
  int width = 2, height = 2, bits = 24, compression = 0;
  std::string palette = {}, masks = {};
  int header = 40;
};

/// A file of this form with `pixels` as they lie in it.
std::string bmp(const Form& form, const std::string& pixels) {
  auto info = le(form.header, 4) + le(form.width, 4) + le(form.height, 4) + le(1, 2) + le(form.bits, 2) +
              le(form.compression, 4) + le(static_cast<std::int64_t>(pixels.size()), 4) + le(2835, 4) +
              le(2835, 4) + le(static_cast<std::int64_t>(form.palette.size() / 4), 4) + le(0, 4) + form.masks;
  info.resize(std::max(info.size(), static_cast<std::size_t>(form.header)), '\0');
  const auto at = static_cast<std::int64_t>(14 + info.size() + form.palette.size());
  return "BM" + le(at + static_cast<std::int64_t>(pixels.size()), 4) + le(0, 4) + le(at, 4) + info +
         form.palette + pixels;
}

const std::string palette =
    "\x10\x20\x30\0\x40\x50\x60\0\x70\x80\x90\0\xA0\xB0\xC0\0"s;  // blue, green, red, 0

std::vector<int> rgb(const std::string& file) {
  const auto pixels = decode_bmp({}, file);
  EXPECT_TRUE(pixels.has_value()) << (pixels ? "" : sentence(pixels.error()));
  return pixels ? std::vector<int>(pixels->rgb.begin(), pixels->rgb.end()) : std::vector<int>{};
}

using Colors = std::vector<int>;

TEST(Bmp, StandsOnItsHead) {
  const auto rows = "\1\2\3\4\5\6\0\0\7\x8\x9\xA\xB\xC\0\0"s;
  EXPECT_EQ(rgb(bmp({}, rows)), (Colors{9, 8, 7, 12, 11, 10, 3, 2, 1, 6, 5, 4}));
  EXPECT_EQ(rgb(bmp({.height = -2}, rows)), (Colors{3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10}));
}

TEST(Bmp, ReadsPalettes) {
  const Colors first{0x30, 0x20, 0x10}, second{0x60, 0x50, 0x40};
  const Colors expected{first[0], first[1], first[2], second[0], second[1], second[2]};
  EXPECT_EQ(rgb(bmp({.height = 1, .bits = 8, .palette = palette}, "\0\1\0\0"s)), expected);
  EXPECT_EQ(rgb(bmp({.height = 1, .bits = 4, .palette = palette}, "\x01\0\0\0"s)), expected);
  EXPECT_EQ(rgb(bmp({.height = 1, .bits = 1, .palette = palette}, "\x40\0\0\0"s)), expected);
  // An index behind the end of the palette is black, not memory.
  EXPECT_EQ(rgb(bmp({.width = 1, .height = 1, .bits = 8, .palette = palette}, "\xFF\0\0\0"s)),
            (Colors{0, 0, 0}));
}

TEST(Bmp, ReadsBitFields) {
  const auto masks565 = le(0xF800, 4) + le(0x7E0, 4) + le(0x1F, 4);
  EXPECT_EQ(
      rgb(bmp({.width = 1, .height = 1, .bits = 16, .compression = 3, .masks = masks565}, le(0xF81F, 4))),
      (Colors{255, 0, 255}));
  EXPECT_EQ(rgb(bmp({.width = 1, .height = 1, .bits = 16}, le(0x03E0, 4))), (Colors{0, 255, 0}));
  EXPECT_EQ(rgb(bmp({.width = 1, .height = 1, .bits = 32}, le(0x00102030, 4))), (Colors{0x10, 0x20, 0x30}));
}

TEST(Bmp, BlendsAlphaOnWhite) {
  const auto masks = le(0xFF0000, 4) + le(0xFF00, 4) + le(0xFF, 4) + le(0xFF000000, 4);
  const Form form{.width = 1, .height = 1, .bits = 32, .compression = 3, .masks = masks, .header = 108};
  EXPECT_EQ(rgb(bmp(form, le(0x00102030, 4))), (Colors{255, 255, 255}));
  EXPECT_EQ(rgb(bmp(form, le(0xFF102030, 4))), (Colors{0x10, 0x20, 0x30}));
  EXPECT_TRUE(samples::open(bmp(form, le(0, 4))).facts.alpha);
}

TEST(Bmp, ReadsRuns) {
  const Form form{.width = 3, .height = 2, .bits = 8, .compression = 1, .palette = palette};
  // Bottom row: 3 x colour 1; top row: one skipped, literals 2 and 3 are odd in number with a filler.
  const auto pixels = rgb(bmp(form, "\3\1\0\0\0\2\1\0\2\2\0\1"s));
  EXPECT_EQ(pixels, (Colors{0x30, 0x20, 0x10, 0x90, 0x80, 0x70, 0x90, 0x80, 0x70, 0x60, 0x50, 0x40, 0x60,
                            0x50, 0x40, 0x60, 0x50, 0x40}));
  const Form nibbles{.width = 3, .height = 1, .bits = 4, .compression = 2, .palette = palette};
  EXPECT_EQ(rgb(bmp(nibbles, "\3\x12\0\1"s)), (Colors{0x60, 0x50, 0x40, 0x90, 0x80, 0x70, 0x60, 0x50, 0x40}));
}

TEST(Bmp, RefusesWhatContradictsItself) {
  const auto code = [](const std::string& file) {
    const auto picture = open_picture(samples::share(file), {});
    return picture ? Code::internal : picture.error().code;
  };
  EXPECT_EQ(code(bmp({}, std::string(15, '\0'))), Code::corrupt_media);  // one byte short
  EXPECT_EQ(code(bmp({.width = 0}, std::string(16, '\0'))), Code::corrupt_media);
  EXPECT_EQ(code(bmp({.width = -5}, std::string(16, '\0'))), Code::corrupt_media);
  EXPECT_EQ(code(bmp({.height = INT32_MIN}, std::string(16, '\0'))), Code::corrupt_media);
  EXPECT_EQ(code(bmp({.width = 60'000, .height = 60'000}, std::string(16, '\0'))), Code::too_large);
  EXPECT_EQ(code(bmp({.bits = 7}, std::string(16, '\0'))), Code::unsupported_media);
  EXPECT_EQ(code(bmp({.compression = 4}, std::string(16, '\0'))), Code::unsupported_media);
  EXPECT_EQ(code(bmp({}, std::string(16, '\0')).substr(0, 40)), Code::corrupt_media);
  const Form runs{.width = 30, .height = 30, .bits = 8, .compression = 1, .palette = palette};
  EXPECT_EQ(decode_bmp({}, bmp(runs, "\3\1"s)).error().code, Code::corrupt_media);
}

TEST(Bmp, IsPreparedLikeEveryOtherPicture) {
  const auto flag = samples::flag({96, 64});
  std::string rows;
  for (int y = 63; y >= 0; --y)
    for (int x = 0; x < 96; ++x) {
      const auto* pixel = flag.row(y) + std::ptrdiff_t{x} * 3;
      rows += {static_cast<char>(pixel[2]), static_cast<char>(pixel[1]), static_cast<char>(pixel[0])};
    }
  const auto picture = samples::open(bmp({.width = 96, .height = 64}, rows));
  EXPECT_EQ(picture.facts.format->name, "bmp");
  EXPECT_EQ(decode_pixels({}, picture, 4096)->rgb, flag.bytes);
  const auto prepared = prepare({}, picture, {.pixels = {.max_side = 48}}, Detail::automatic);
  ASSERT_TRUE(prepared.has_value());
  EXPECT_EQ(prepared->size, (Size{48, 32}));
  EXPECT_EQ(prepared->mime, "image/png") << "a drawing";
}

}  // namespace
}  // namespace sensorium::media
