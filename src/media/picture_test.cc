// What headers say, what limits refuse, and that every broken file gets one clear error.
#include "media/picture.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>

#include "media/format.h"
#include "media/samples.h"

namespace sensorium::media {
namespace {

Error refused(std::string bytes, const PictureLimits& limits = {}) {
  auto picture = open_picture(samples::share(std::move(bytes)), limits);
  EXPECT_FALSE(picture.has_value());
  return picture ? Error(Code::internal, "was accepted") : picture.error();
}

/// Resident memory of this process at its highest, in bytes.
std::int64_t peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6)) * 1024;
  return 0;
}

struct Sample {
  std::string_view suffix, format, mime;
  bool complete;
};

class EveryFormat : public testing::TestWithParam<Sample> {};

TEST_P(EveryFormat, IsKnownByContentWithItsSize) {
  const auto picture = samples::open(samples::encode(samples::photo({90, 60}), GetParam().suffix));
  ASSERT_TRUE(picture.facts.format);
  EXPECT_EQ(picture.facts.format->name, GetParam().format);
  EXPECT_EQ(picture.mime(), GetParam().mime);
  EXPECT_EQ(picture.facts.size, (Size{90, 60}));
  EXPECT_EQ(picture.facts.complete, GetParam().complete);
  EXPECT_EQ(picture.facts.frames, 1);
  EXPECT_TRUE(picture.facts.srgb8);
}

INSTANTIATE_TEST_SUITE_P(Formats, EveryFormat,
                         testing::Values(Sample{".jpg", "jpeg", "image/jpeg", true},
                                         Sample{".jpg[interlace]", "jpeg", "image/jpeg", true},
                                         Sample{".png", "png", "image/png", true},
                                         Sample{".png[interlace]", "png", "image/png", true},
                                         Sample{".webp", "webp", "image/webp", true},
                                         Sample{".webp[lossless]", "webp", "image/webp", true},
                                         Sample{".gif", "gif", "image/gif", true},
                                         Sample{".tif", "tiff", "image/tiff", false},
                                         Sample{".tif[bigtiff]", "tiff", "image/tiff", false},
                                         Sample{".heic", "heif", "image/heif", false},
                                         Sample{".avif", "heif", "image/heif", false}),
                         [](const auto& test) {
                           std::string name;
                           for (char c : test.param.suffix)
                             if (std::isalnum(static_cast<unsigned char>(c))) name += c;
                           return name;
                         });

TEST_P(EveryFormat, CutAtEveryLengthIsOneClearErrorOrAPicture) {
  const auto whole = samples::encode(samples::photo({40, 30}), GetParam().suffix);
  const std::size_t step = std::max<std::size_t>(1, whole.size() / 64);
  for (std::size_t length = 12; length < whole.size(); length += step) {
    auto picture = open_picture(samples::share(whole.substr(0, length)), {});
    if (picture) {
      EXPECT_FALSE(picture->facts.complete) << length;
      continue;
    }
    EXPECT_TRUE(picture.error().code == Code::corrupt_media ||
                picture.error().code == Code::unsupported_media)
        << sentence(picture.error());
    EXPECT_FALSE(picture.error().hint.empty());
  }
}

TEST_P(EveryFormat, FlippedBytesNeverCrash) {
  const auto whole = samples::encode(samples::photo({40, 30}), GetParam().suffix);
  for (std::size_t i = 0; i < whole.size(); i += 1 + whole.size() / 256) {
    auto broken = whole;
    broken[i] = static_cast<char>(~broken[i]);
    auto picture = open_picture(samples::share(std::move(broken)), {});
    if (picture) EXPECT_LE(picture->facts.size.pixels(), PictureLimits{}.max_pixels);
  }
}

TEST(OpenPicture, ReadsOrientationFromExif) {
  const auto jpeg = samples::encode(samples::flag({64, 32}), ".jpg");
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const auto picture = samples::open(samples::with_exif(jpeg, orientation));
    EXPECT_EQ(picture.facts.orientation, orientation);
    EXPECT_TRUE(picture.facts.personal);
    EXPECT_EQ(picture.facts.upright_size(), orientation >= 5 ? (Size{32, 64}) : (Size{64, 32}));
  }
  EXPECT_EQ(samples::open(samples::with_exif(jpeg, 9)).facts.orientation, 1);
}

TEST(OpenPicture, KnowsWhatMustBeDecodedWhole) {
  const auto photo = samples::photo({64, 48});
  for (const auto suffix : {".jpg", ".png"})
    EXPECT_FALSE(samples::open(samples::encode(photo, suffix)).facts.interlaced) << suffix;
  for (const auto suffix : {".jpg[interlace]", ".png[interlace]"})
    EXPECT_TRUE(samples::open(samples::encode(photo, suffix)).facts.interlaced) << suffix;
}

TEST(OpenPicture, SaysWhichHeadersNeedALibrary) {
  const auto photo = samples::photo({64, 48});
  for (const auto suffix : {".jpg", ".png", ".webp", ".gif"})
    EXPECT_TRUE(opens_quickly(samples::encode(photo, suffix))) << suffix;
  for (const auto suffix : {".tif", ".avif"})
    EXPECT_FALSE(opens_quickly(samples::encode(photo, suffix))) << suffix;
  EXPECT_TRUE(opens_quickly("no picture"));
}

TEST(OpenPicture, CountsFrames) {
  const auto frame = samples::flag({32, 24});
  for (const auto suffix : {".gif", ".webp"}) {
    const auto picture = samples::open(samples::animation(frame, 5, suffix));
    EXPECT_EQ(picture.facts.frames, 5) << suffix;
    EXPECT_EQ(picture.facts.size, (Size{32, 24})) << suffix;
  }
}

TEST(OpenPicture, SeesColorThatNeedsWork) {
  EXPECT_FALSE(samples::open(samples::cmyk_jpeg({32, 32})).facts.srgb8);
  EXPECT_FALSE(samples::open(samples::deep_png({32, 32})).facts.srgb8);
  EXPECT_TRUE(samples::open(samples::with_alpha(samples::flag({32, 32}), 99, ".png")).facts.alpha);
  EXPECT_TRUE(samples::open(samples::with_alpha(samples::flag({32, 32}), 99, ".webp")).facts.alpha);
  const auto jpeg = samples::encode(samples::flag({32, 32}), ".jpg");
  const std::string icc("ICC_PROFILE\0\1\1", 14);
  EXPECT_FALSE(samples::open(samples::with_segment(jpeg, 0xE2, icc + "Display P3")).facts.srgb8);
  EXPECT_TRUE(samples::open(samples::with_segment(jpeg, 0xE2, icc + "desc sRGB IEC61966-2.1")).facts.srgb8);
}

TEST(OpenPicture, RefusesEmptyInput) {
  const auto error = refused("");
  EXPECT_EQ(error.code, Code::corrupt_media);
  EXPECT_NE(error.message.find("empty"), std::string::npos);
  EXPECT_FALSE(open_picture(nullptr, {}).has_value());
}

TEST(OpenPicture, NeverAsksTheName) {
  // A PNG that calls itself .jpg elsewhere is a PNG; there is no parameter that could say otherwise.
  EXPECT_EQ(samples::open(samples::encode(samples::flag({16, 16}), ".png")).mime(), "image/png");
}

TEST(OpenPicture, NamesWhatForeignFilesLookLike) {
  struct Case {
    std::string_view bytes, says, hints;
  };
  using namespace std::string_view_literals;
  const Case cases[] = {
      {"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG", "PNG"},
      {"<?xml version='1.0'?>\n<!-- x --><svg width='1'/>", "SVG", "PNG"},
      {"%PDF-1.7 ...", "PDF", "pdftoppm"},
      {"\0\0\0\x20"
       "ftypisom\0\0\2\0isomiso2"sv,
       "video", "timeline"},
      {"\0\0\0\x14"
       "ftypqt  \0\0\0\0"sv,
       "video", "timeline"},
      {"\x1A\x45\xDF\xA3 webm", "WebM", "timeline"},
      {"\0\0\0\x20"
       "ftypM4A \0\0\0\0"sv,
       "M4A", "transcribe"},
      {"RIFF\x10\0\0\0WAVEfmt "sv, "WAV", "transcribe"},
      {"RIFF\x10\0\0\0AVI LIST"sv, "AVI", "timeline"},
      {"ID3\4\0\0\0\0", "MP3", "transcribe"},
      {"OggS\0\2"sv, "Ogg", "transcribe"},
      {"\n<!DOCTYPE html><html><body>Sign in", "HTML", "sign-in"},
      {"{\"error\": \"no\"}", "JSON", "JPEG"},
      {"just words", "text", "JPEG"},
      {"PK\3\4 docx", "ZIP", "Unpack"},
      {"data:image/png;base64,AAAA", "data URL", "bytes"},
      {"\1\2\3\4\5 garbage \xff\xfe", "no known type", "JPEG"},
      {"BM", "text", "JPEG"},
  };
  for (const auto& test : cases) {
    const auto error = refused(std::string(test.bytes));
    EXPECT_EQ(error.code, Code::unsupported_media) << test.bytes;
    EXPECT_NE(error.message.find(test.says), std::string::npos) << sentence(error);
    EXPECT_NE(error.hint.find(test.hints), std::string::npos) << sentence(error);
  }
}

TEST(OpenPicture, RefusesGiantsByTheirHeaderAlone) {
  auto giant = samples::png_header(40'000, 40'000);
  // 21 MB of chunks behind the header, as a real one has.
  for (int i = 0; i < 2'600; ++i)
    giant += std::string("\0\0\x1F\xA0", 4) + "IDAT" + std::string(0x1FA0 + 4, '\0');
  giant += std::string("\0\0\0\0", 4) + "IEND" + std::string(4, '\0');
  const auto bytes = samples::share(std::move(giant));
  const auto before = peak_memory();
  const auto start = std::chrono::steady_clock::now();
  auto picture = open_picture(bytes, {});
  const auto took = std::chrono::steady_clock::now() - start;
  ASSERT_FALSE(picture.has_value());
  EXPECT_EQ(picture.error().code, Code::too_large);
  EXPECT_NE(picture.error().message.find("40000 x 40000"), std::string::npos) << picture.error().message;
  EXPECT_LT(peak_memory() - before, 16 << 20);
  EXPECT_LT(took, std::chrono::milliseconds(50));
}

TEST(OpenPicture, JudgesLimitsBeforeDamage) {
  EXPECT_EQ(refused(samples::png_header(40'000, 40'000)).code, Code::too_large);
  EXPECT_EQ(refused(samples::png_header(400, 400)).code, Code::corrupt_media);
  EXPECT_EQ(refused(samples::png_header(0, 400)).code, Code::corrupt_media);
  EXPECT_EQ(refused(samples::png_header(0xFFFFFFFF, 1)).code, Code::corrupt_media);
  EXPECT_EQ(refused(samples::png_header(300'000, 1)).code, Code::too_large);
}

TEST(OpenPicture, KeepsTheLimitsItIsGiven) {
  const auto jpeg = samples::encode(samples::photo({200, 100}), ".jpg");
  EXPECT_EQ(refused(jpeg, {.max_bytes = 100}).code, Code::too_large);
  EXPECT_EQ(refused(jpeg, {.max_pixels = 19'999}).code, Code::too_large);
  EXPECT_EQ(refused(jpeg, {.max_side = 199}).code, Code::too_large);
  EXPECT_TRUE(open_picture(samples::share(jpeg), {.max_pixels = 20'000, .max_side = 200}).has_value());
}

TEST(OpenPicture, RefusesTruncatedJpegByItsMissingEnd) {
  auto jpeg = samples::encode(samples::photo({200, 100}), ".jpg");
  jpeg.resize(jpeg.size() - 2);
  const auto error = refused(jpeg);
  EXPECT_EQ(error.code, Code::corrupt_media);
  EXPECT_NE(error.message.find("ends in the middle"), std::string::npos) << error.message;
}

TEST(OpenPicture, RefusesJpegWithThousandsOfScans) {
  const auto jpeg = samples::encode(samples::flag({16, 16}), ".jpg[interlace]");
  const auto at = jpeg.find("\xFF\xDA");
  const auto scan = jpeg.substr(at, jpeg.find("\xFF\xC4", at) - at);
  auto bomb = jpeg.substr(0, at);
  for (int i = 0; i < 600; ++i) bomb += scan;
  EXPECT_EQ(refused(bomb + "\xFF\xD9").code, Code::corrupt_media);
}

TEST(OpenPicture, JudgesGifFramesThatReachBeyondTheScreen) {
  auto gif = samples::encode(samples::flag({20, 10}), ".gif");
  const auto descriptor = gif.find(std::string("\x2C\0\0\0\0\x14\0\x0A\0", 9));
  ASSERT_NE(descriptor, std::string::npos);
  gif.replace(descriptor + 5, 4, "\xFF\xFF\xFF\xFF");
  EXPECT_EQ(refused(gif).code, Code::too_large);
}

TEST(OpenPicture, TakesExtremeShapes) {
  EXPECT_EQ(samples::open(samples::encode(samples::photo({1, 100'000}), ".png")).facts.size,
            (Size{1, 100'000}));
  EXPECT_EQ(samples::open(samples::encode(samples::photo({65'000, 1}), ".jpg")).facts.size,
            (Size{65'000, 1}));
}

TEST(OpenPicture, WalksATenKilobyteJpegInMicroseconds) {
  const auto jpeg = samples::share(samples::encode(samples::photo({320, 240}), ".jpg[Q=75]"));
  auto best = std::chrono::steady_clock::duration::max();
  for (int i = 0; i < 20; ++i) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_TRUE(open_picture(jpeg, {}).has_value());
    best = std::min(best, std::chrono::steady_clock::now() - start);
  }
  RecordProperty("bytes", static_cast<int>(jpeg->size()));
  RecordProperty("nanoseconds", static_cast<int>(best.count()));
  // Ten times the target: this runs under sanitizers.
  EXPECT_LT(best, std::chrono::microseconds(100));
}

}  // namespace
}  // namespace sensorium::media
