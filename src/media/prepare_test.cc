// Prepared pictures against what must be in them: turned right, on white, in sRGB, small enough, and
// without a trace of where they were taken.
#include "media/prepare.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/sha256.h"
#include "media/format.h"
#include "media/samples.h"

namespace sensorium::media {

namespace {

PreparedPicture ready(const Picture& picture, const PrepareRule& rule = {},
                      Detail detail = Detail::automatic) {
  auto prepared = prepare({}, picture, rule, detail);
  EXPECT_TRUE(prepared.has_value()) << (prepared ? "" : sentence(prepared.error()));
  return prepared ? *prepared : PreparedPicture{.bytes = samples::share(" ")};
}

Pixels pixels_of(const Picture& picture, int max_side = 4096) {
  auto pixels = decode_pixels({}, picture, max_side);
  EXPECT_TRUE(pixels.has_value()) << (pixels ? "" : sentence(pixels.error()));
  return pixels ? *pixels : Pixels{{1, 1}, {0, 0, 0}};
}
Pixels pixels_of(const PreparedPicture& prepared) { return pixels_of(samples::open(*prepared.bytes)); }

testing::AssertionResult near(const Pixels& pixels, int x, int y, std::array<int, 3> color,
                              int tolerance = 14) {
  const auto at = (static_cast<std::size_t>(y) * static_cast<std::size_t>(pixels.size.width) +
                   static_cast<std::size_t>(x)) *
                  3;
  for (std::size_t c = 0; c < 3; ++c)
    if (std::abs(pixels.rgb.at(at + c) - color[c]) > tolerance)
      return testing::AssertionFailure() << "channel " << c << " of (" << x << ", " << y << ") is "
                                         << int{pixels.rgb[at + c]} << ", not " << color[c];
  return testing::AssertionSuccess();
}

constexpr std::array red{230, 20, 20}, green{20, 230, 20}, blue{20, 20, 230};

/// Is it the flag of samples.h, upright?
void expect_flag(const Pixels& pixels) {
  const auto [width, height] = pixels.size;
  EXPECT_TRUE(near(pixels, width / 8, height / 8, blue));
  EXPECT_TRUE(near(pixels, width / 8, height * 7 / 8, red));
  EXPECT_TRUE(near(pixels, width * 3 / 8, height / 8, red));
  EXPECT_TRUE(near(pixels, width * 7 / 8, height / 8, green));
  EXPECT_TRUE(near(pixels, width * 7 / 8, height * 7 / 8, green));
}

/// The stored form of `raster` that EXIF `orientation` turns back into it.
Raster stored(const Raster& raster, int orientation) {
  constexpr int inverse[] = {0, 1, 2, 3, 4, 5, 8, 7, 6};
  return upright(raster, inverse[orientation]);
}

TEST(Prepare, PassesOnWhatIsAcceptable) {
  for (const auto suffix : {".jpg", ".png", ".webp"}) {
    const auto picture = samples::open(samples::encode(samples::photo({300, 200}), suffix));
    ASSERT_TRUE(passes_through(picture, {}, Detail::automatic)) << suffix;
    const auto prepared = ready(picture);
    EXPECT_TRUE(prepared.passed_through);
    EXPECT_EQ(prepared.bytes.get(), picture.bytes.get()) << "the very same bytes, not a copy";
    EXPECT_EQ(prepared.mime, picture.mime());
    EXPECT_EQ(prepared.size, (Size{300, 200}));
    EXPECT_EQ(prepared.sha256, sha256_hex(*picture.bytes));
    EXPECT_FALSE(prepared.phash.has_value());
  }
}

TEST(Prepare, DoesNotPassOnWhatNeedsWork) {
  const auto photo = samples::photo({300, 200});
  const auto jpeg = samples::encode(photo, ".jpg");
  const auto blocked = [](std::string bytes, const PrepareRule& rule = {},
                          Detail detail = Detail::automatic) {
    return !passes_through(samples::open(std::move(bytes)), rule, detail);
  };
  EXPECT_FALSE(blocked(jpeg));
  EXPECT_TRUE(blocked(samples::with_exif(jpeg, 6)));
  EXPECT_TRUE(blocked(samples::cmyk_jpeg({30, 30})));
  EXPECT_TRUE(blocked(samples::deep_png({30, 30})));
  EXPECT_TRUE(blocked(samples::with_alpha(photo, 200, ".png")));
  EXPECT_TRUE(blocked(samples::animation(photo, 2, ".webp")));
  EXPECT_TRUE(blocked(samples::encode(photo, ".tif")));
  EXPECT_TRUE(blocked(jpeg, {.pixels = {.max_side = 299}}));
  EXPECT_TRUE(blocked(jpeg, {.formats = {"png"}}));
  EXPECT_TRUE(blocked(jpeg, {.max_bytes = 1000}));
  EXPECT_TRUE(blocked(jpeg, {.hash = true}));
  EXPECT_TRUE(blocked(jpeg, {.pixels = {.low_side = 100}}, Detail::low));
}

TEST(Prepare, RemovesThePlaceWithoutTouchingPixels) {
  const auto photo = samples::photo({300, 200});
  const auto plain = samples::encode(photo, ".jpg");
  auto tagged = samples::with_segment(samples::with_exif(plain, 1), 0xFE, "a comment with SECRETPLACE");
  tagged += "SECRETPLACE behind the end";
  const auto picture = samples::open(tagged);
  EXPECT_TRUE(passes_through(picture, {}, Detail::automatic));
  const auto prepared = ready(picture);
  EXPECT_TRUE(prepared.passed_through);
  EXPECT_TRUE(*prepared.bytes == plain);
}

TEST(Prepare, RemovesThePlaceFromPngAndWebp) {
  using namespace std::string_literals;
  using namespace std::string_view_literals;
  const auto photo = samples::photo({60, 40});
  auto png = samples::encode(photo, ".png");
  const auto clean_png = png;
  png.insert(33,
             "\0\0\0\x0B"
             "tEXtSECRETPLACEcrc."sv);
  const auto prepared_png = ready(samples::open(png));
  EXPECT_TRUE(prepared_png.passed_through);
  EXPECT_TRUE(*prepared_png.bytes == clean_png);

  // The flags of EXIF and XMP, and an EXIF chunk of odd length.
  const auto simple = samples::encode(photo, ".webp");
  auto webp = simple + "EXIF\x0B\0\0\0SECRETPLACE\0"s;
  ASSERT_EQ(webp.substr(12, 4), "VP8X");
  webp[20] = '\x0C';
  const auto size = static_cast<std::uint32_t>(webp.size() - 8);
  for (std::size_t i = 0; i < 4; ++i) webp[4 + i] = static_cast<char>(size >> (8 * i));
  const auto prepared_webp = ready(samples::open(webp));
  EXPECT_TRUE(prepared_webp.passed_through);
  EXPECT_EQ(prepared_webp.bytes->find("SECRETPLACE"), std::string::npos);
  EXPECT_TRUE(*prepared_webp.bytes == simple);
}

TEST(Prepare, NeverSendsThePlaceAfterDecoding) {
  const auto jpeg = samples::encode(samples::photo({300, 200}), ".jpg");
  const auto prepared = ready(samples::open(samples::with_exif(jpeg, 6)), {.pixels = {.max_side = 100}});
  EXPECT_FALSE(prepared.passed_through);
  EXPECT_EQ(prepared.bytes->find("SECRETPLACE"), std::string::npos);
  EXPECT_FALSE(samples::open(*prepared.bytes).facts.personal);
}

TEST(Prepare, GivesTheOriginalToEnginesThatReadIt) {
  const auto picture = samples::open(samples::with_exif(samples::cmyk_jpeg({50, 30}), 6));
  const auto prepared = ready(picture, {.as_is = true});
  EXPECT_TRUE(prepared.passed_through);
  EXPECT_EQ(prepared.bytes.get(), picture.bytes.get());
  EXPECT_EQ(prepared.size, (Size{30, 50}));
}

class EveryOrientation : public testing::TestWithParam<int> {};

TEST_P(EveryOrientation, IsTurnedUpright) {
  const int orientation = GetParam();
  const auto flag = samples::flag({96, 64});
  const auto jpeg = samples::encode(stored(flag, orientation), ".jpg[Q=95]");
  const auto picture = samples::open(samples::with_exif(jpeg, orientation));
  expect_flag(pixels_of(picture));
  const auto prepared = ready(picture, {.pixels = {.max_side = 48}});
  EXPECT_EQ(prepared.size, (Size{48, 32}));
  expect_flag(pixels_of(prepared));
}

INSTANTIATE_TEST_SUITE_P(Exif, EveryOrientation, testing::Range(1, 9));

class EveryKind : public testing::TestWithParam<std::string_view> {};

TEST_P(EveryKind, KeepsItsColorsAndPlaces) {
  const auto picture = samples::open(samples::encode(samples::flag({200, 120}), GetParam()));
  const auto prepared = ready(picture, {.pixels = {.max_side = 100}});
  EXPECT_FALSE(prepared.passed_through);
  EXPECT_EQ(prepared.size, (Size{100, 60}));
  EXPECT_EQ(prepared.sha256, sha256_hex(*prepared.bytes));
  EXPECT_TRUE(prepared.phash.has_value());
  expect_flag(pixels_of(prepared));
  expect_flag(pixels_of(picture));
}

TEST_P(EveryKind, CutShortIsAnErrorNotHalfAPicture) {
  auto bytes = samples::encode(samples::photo({400, 300}), GetParam());
  bytes.resize(bytes.size() * 2 / 3);
  auto picture = open_picture(samples::share(bytes), {});
  if (!picture) {
    EXPECT_EQ(picture.error().code, Code::corrupt_media);
    return;
  }
  auto prepared = prepare({}, *picture, {.pixels = {.max_side = 100}}, Detail::automatic);
  ASSERT_FALSE(prepared.has_value());
  EXPECT_EQ(prepared.error().code, Code::corrupt_media) << sentence(prepared.error());
}

INSTANTIATE_TEST_SUITE_P(Suffixes, EveryKind,
                         testing::Values(".jpg", ".jpg[interlace]", ".png", ".png[interlace]", ".webp",
                                         ".webp[lossless]", ".gif", ".tif", ".tif[compression=deflate,tile]",
                                         ".heic", ".avif"),
                         [](const auto& test) {
                           std::string name;
                           for (char c : test.param)
                             if (std::isalnum(static_cast<unsigned char>(c))) name += c;
                           return name;
                         });

TEST(Prepare, FailsOnDamageThatOnlyTheDecoderSees) {
  auto png = samples::encode(samples::photo({400, 300}), ".png");
  for (std::size_t i = png.size() / 2; i < png.size() / 2 + 2000; ++i) png[i] = '\x55';
  auto prepared = prepare({}, samples::open(png), {.pixels = {.max_side = 100}}, Detail::automatic);
  ASSERT_FALSE(prepared.has_value());
  EXPECT_EQ(prepared.error().code, Code::corrupt_media);
  EXPECT_FALSE(prepared.error().hint.empty());
}

TEST(Prepare, TurnsInkIntoLight) {
  // Inverted CMYK, as Adobe writes: little cyan, much magenta and yellow is red.
  const auto pixels = pixels_of(ready(samples::open(samples::cmyk_jpeg({64, 64}))));
  EXPECT_GT(pixels.rgb[0], pixels.rgb[1] + 60);
  EXPECT_GT(pixels.rgb[0], pixels.rgb[2] + 60);
}

TEST(Prepare, AppliesForeignColorProfiles) {
  const auto jpeg = samples::encode(samples::flag({96, 64}), ".jpg[Q=95]");
  const auto picture = samples::open(samples::with_profile(jpeg, samples::exchanged_profile()));
  ASSERT_FALSE(picture.facts.srgb8);
  for (const int side : {96, 48, 30}) {
    const auto pixels = pixels_of(ready(picture, {.pixels = {.max_side = side}}));
    const int x = pixels.size.width / 8, y = pixels.size.height * 7 / 8;
    EXPECT_TRUE(near(pixels, x, y, green, 30)) << side;  // was red
    EXPECT_TRUE(near(pixels, pixels.size.width * 7 / 8, y, red, 30)) << side;
  }
}

TEST(Prepare, SurvivesBrokenColorProfiles) {
  const auto jpeg = samples::encode(samples::flag({96, 64}), ".jpg[Q=95]");
  auto profile = samples::exchanged_profile();
  for (const std::size_t length : {0U, 100U, 200U, 300U}) {
    const auto picture = samples::open(samples::with_profile(jpeg, profile.substr(0, length)));
    expect_flag(pixels_of(ready(picture, {.pixels = {.max_side = 48}})));
  }
}

TEST(Prepare, BringsSixteenBitsToEight) {
  const auto prepared = ready(samples::open(samples::deep_png({64, 64})));
  EXPECT_TRUE(near(pixels_of(prepared), 30, 30, {200, 100, 0}, 6));
}

TEST(Prepare, BlendsAlphaOnWhite) {
  for (const auto suffix : {".png", ".webp[lossless]", ".tif"}) {
    const auto clear = ready(samples::open(samples::with_alpha(samples::flag({64, 64}), 0, suffix)));
    EXPECT_TRUE(near(pixels_of(clear), 32, 32, {255, 255, 255}, 2)) << suffix;
    const auto half = ready(samples::open(samples::with_alpha(samples::flag({64, 64}), 128, suffix)));
    EXPECT_TRUE(near(pixels_of(half), 50, 50, {137, 242, 137})) << suffix;
  }
}

TEST(Prepare, TakesTheFirstFrameOfAnAnimation) {
  for (const auto suffix : {".gif", ".webp"}) {
    const auto prepared = ready(samples::open(samples::animation(samples::flag({64, 48}), 4, suffix)));
    EXPECT_EQ(prepared.size, (Size{64, 48})) << suffix;
    expect_flag(pixels_of(prepared));
  }
}

TEST(Prepare, LetsTheJpegDecoderHalve) {
  const auto picture = samples::open(samples::encode(samples::flag({400, 300}), ".jpg"));
  EXPECT_EQ(ready(picture, {.pixels = {.max_side = 205}}).size, (Size{200, 150}));
  EXPECT_EQ(ready(picture, {.pixels = {.max_side = 230}}).size, (Size{230, 173}));
  EXPECT_EQ(ready(picture, {.pixels = {.max_side = 150}}).size, (Size{150, 113}));
  EXPECT_EQ(ready(picture, {.pixels = {.max_side = 51}}).size, (Size{50, 37}));
  expect_flag(pixels_of(ready(picture, {.pixels = {.max_side = 205}})));
}

TEST(Prepare, TakesExtremeShapes) {
  const auto tall = ready(samples::open(samples::encode(samples::photo({1, 100'000}), ".png")));
  EXPECT_EQ(tall.size, (Size{1, 2048}));
  const auto wide = ready(samples::open(samples::encode(samples::photo({60'000, 2}), ".jpg")));
  EXPECT_EQ(wide.size.height, 1);
  EXPECT_LE(wide.size.width, 2048);
  EXPECT_EQ(ready(samples::open(samples::encode(samples::photo({1, 1}), ".gif"))).size, (Size{1, 1}));
}

TEST(Prepare, KeepsPngForDrawingsOnly) {
  const auto drawing = samples::open(samples::encode(samples::flag({800, 600}), ".png"));
  EXPECT_EQ(ready(drawing, {.pixels = {.max_side = 400}}).mime, "image/png");
  EXPECT_EQ(ready(drawing, {.pixels = {.max_side = 400}, .formats = {"jpeg"}}).mime, "image/jpeg");
  const auto photo = samples::open(samples::encode(samples::photo({800, 600}), ".png"));
  EXPECT_EQ(ready(photo, {.pixels = {.max_side = 400}}).mime, "image/jpeg");
  EXPECT_EQ(ready(photo, {.pixels = {.max_side = 400}, .formats = {"png"}}).mime, "image/png");
}

TEST(Prepare, LowersQualityThenSizeUntilItFits) {
  const auto picture = samples::open(samples::encode(samples::photo({800, 600}), ".jpg[Q=95]"));
  const auto free = ready(picture, {.pixels = {.max_side = 700}});
  const auto limit = static_cast<std::int64_t>(free.bytes->size()) * 3 / 4;
  const auto lower = ready(picture, {.pixels = {.max_side = 700}, .max_bytes = limit});
  EXPECT_EQ(lower.size, free.size);
  EXPECT_LE(static_cast<std::int64_t>(lower.bytes->size()), limit);
  const auto tiny = ready(picture, {.max_bytes = 4000});
  EXPECT_LT(tiny.size.width, 600);
  EXPECT_LE(tiny.bytes->size(), 4000U);
  auto impossible = prepare({}, picture, {.max_bytes = 10}, Detail::automatic);
  ASSERT_FALSE(impossible.has_value());
  EXPECT_EQ(impossible.error().code, Code::too_large);
}

TEST(Prepare, RefusesAnEngineThatTakesNothingWeWrite) {
  const auto picture = samples::open(samples::encode(samples::photo({80, 60}), ".jpg"));
  auto prepared = prepare({}, picture, {.formats = {"webp"}}, Detail::automatic);
  ASSERT_FALSE(prepared.has_value());
  EXPECT_EQ(prepared.error().code, Code::misconfigured);
}

TEST(Prepare, StopsWithItsContext) {
  const auto picture = samples::open(samples::encode(samples::photo({3000, 2000}), ".jpg[Q=70]"));
  std::stop_source stop;
  stop.request_stop();
  auto stopped =
      prepare(CallContext("r", TimePoint::max(), stop.get_token()), picture, {}, Detail::automatic);
  ASSERT_FALSE(stopped.has_value());
  EXPECT_EQ(stopped.error().code, Code::cancelled);

  auto late =
      prepare(CallContext("r", SteadyClock::now() + Milliseconds(1), {}), picture, {}, Detail::automatic);
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, Code::deadline_exceeded);
}

// Sanitizers make our own loops several times slower than the promise is for.
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr Milliseconds patience{500};
#else
constexpr Milliseconds patience{100};
#endif

class EveryStoppable : public testing::TestWithParam<const char*> {};

TEST_P(EveryStoppable, StopsWithinAHundredMilliseconds) {
  const auto picture = samples::open(samples::encode(samples::photo({4000, 3000}), GetParam()));
  for (const int after_ms : {5, 60, 200}) {
    std::stop_source stop;
    TimePoint stopped_at;
    std::jthread stopper([&] {
      std::this_thread::sleep_for(Milliseconds(after_ms));
      stopped_at = SteadyClock::now();
      stop.request_stop();
    });
    auto prepared =
        prepare(CallContext("r", TimePoint::max(), stop.get_token()), picture,
                {.pixels = {.max_side = 0}, .formats = {"jpeg", "png"}, .hash = true}, Detail::high);
    const auto ended = SteadyClock::now();
    stopper.join();
    if (prepared) continue;  // it was faster than that
    EXPECT_EQ(prepared.error().code, Code::cancelled);
    EXPECT_LT(ended - stopped_at, patience) << after_ms;
  }
}

INSTANTIATE_TEST_SUITE_P(Suffixes, EveryStoppable,
                         testing::Values(".png[compression=1]", ".png[interlace,compression=1]",
                                         ".jpg[interlace]"),
                         [](const auto& test) { return "n" + std::to_string(test.index); });

TEST(Prepare, WorksOnManyThreads) {
  const auto picture = samples::open(samples::encode(samples::flag({400, 300}), ".jpg"));
  const auto expected = ready(picture, {.pixels = {.max_side = 150}}).sha256;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 10; ++n) EXPECT_EQ(ready(picture, {.pixels = {.max_side = 150}}).sha256, expected);
      finish_thread();
    });
}

TEST(PrepareMemory, KnowsWhatIsDear) {
  const auto jpeg = samples::open(samples::encode(samples::photo({400, 300}), ".jpg"));
  const auto heic = samples::open(samples::encode(samples::photo({400, 300}), ".heic"));
  auto large = heic;
  large.facts.size = {4000, 3000};
  EXPECT_GT(prepare_memory(heic), prepare_memory(jpeg));
  EXPECT_NEAR(static_cast<double>(prepare_memory(large)), 340e6, 40e6);
}

TEST(DecodePixels, ShrinksAndNeverEnlarges) {
  const auto picture = samples::open(samples::encode(samples::flag({200, 100}), ".png"));
  EXPECT_EQ(pixels_of(picture, 50).size, (Size{50, 25}));
  EXPECT_EQ(pixels_of(picture, 5000).size, (Size{200, 100}));
  Raster grey{{20, 10}, 1, std::vector<std::uint8_t>(200, 77)};
  const auto pixels = pixels_of(samples::open(samples::encode(grey, ".png")));
  EXPECT_TRUE(near(pixels, 10, 5, {77, 77, 77}, 0));
}

TEST(Prepare, AddressesOnlyForEnginesThatFetch) {
  const Picture address{samples::share("https://a.test/x.jpg"), {}, PictureForm::address};
  PrepareRule rule;
  rule.pixels.max_side = 1568;
  EXPECT_TRUE(passes_through(address, rule, Detail::high));
  EXPECT_EQ(prepare({}, address, rule, Detail::high).error().code, Code::model_limit);
  rule.fetches = rule.hash = true;
  const auto prepared = prepare({}, address, rule, Detail::high);
  ASSERT_TRUE(prepared);
  EXPECT_EQ(*prepared->bytes, "https://a.test/x.jpg");
  EXPECT_EQ(prepared->mime, address_mime);
  EXPECT_EQ(prepared->size.long_side(), 1568) << "the largest that the rule keeps";
  EXPECT_FALSE(prepared->phash);
}

}  // namespace
}  // namespace sensorium::media
