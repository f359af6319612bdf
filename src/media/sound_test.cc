// Recordings of every shape through the real FFmpeg: what comes out, and what is refused.
#include "media/sound.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "media/sound_samples.h"

namespace sensorium::media {
namespace {

using test::wav;

Result<std::vector<float>> all_of(SoundSource source, const SoundOptions& options = {}) {
  auto stream = SN_TRY(open_sound({}, std::move(source), options));
  std::vector<float> all, piece(1000);
  for (;;) {
    const std::size_t count = SN_TRY(stream->read({}, piece));
    if (count == 0) return all;
    all.insert(all.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(count));
  }
}

SoundSource source(std::string bytes) {
  return {"test", std::make_shared<const std::string>(std::move(bytes))};
}

double level(const std::vector<float>& samples) {
  double sum = 0;
  for (const float sample : samples) sum += static_cast<double>(sample) * static_cast<double>(sample);
  return std::sqrt(sum / static_cast<double>(samples.size()));
}

TEST(Sound, ToneKeepsItsLengthAndLevel) {
  const auto samples = all_of(source(wav({.rate = 16'000, .channels = 1, .seconds = 1})));
  ASSERT_TRUE(samples);
  EXPECT_EQ(samples->size(), 16'000U);
  EXPECT_NEAR(level(*samples), 0.5 / std::numbers::sqrt2, 0.01);
}

TEST(Sound, EveryRateAndChannelCountBecomesTheSameClock) {
  for (const int rate : {8'000, 11'025, 44'100, 48'000, 96'000})
    for (const int channels : {1, 2, 6, 8}) {
      const auto samples = all_of(source(wav({.rate = rate, .channels = channels, .seconds = 2})));
      ASSERT_TRUE(samples) << rate << " " << channels;
      EXPECT_NEAR(static_cast<double>(samples->size()), 32'000, 40) << rate << " " << channels;
      EXPECT_GT(level(*samples), 0.1) << rate << " " << channels;
    }
}

TEST(Sound, FactsNameTheTrack) {
  const auto stream = open_sound({}, source(wav({.rate = 8'000, .channels = 2, .seconds = 1})));
  ASSERT_TRUE(stream);
  const auto& facts = (*stream)->facts();
  ASSERT_EQ(facts.tracks.size(), 1U);
  EXPECT_EQ(facts.tracks[0].rate, 8'000);
  EXPECT_EQ(facts.tracks[0].channels, 2);
  EXPECT_EQ(facts.tracks[0].codec, "pcm_s16le");
  EXPECT_NEAR(facts.duration, 1.0, 0.01);
}

TEST(Sound, TruncatedRecordingGivesWhatIsThere) {
  std::string bytes = wav({.rate = 16'000, .channels = 1, .seconds = 2});
  bytes.resize(bytes.size() / 2);
  const auto samples = all_of(source(bytes));
  ASSERT_TRUE(samples);
  EXPECT_NEAR(static_cast<double>(samples->size()), 16'000, 64);
}

TEST(Sound, NothingAndOtherThingsAreUnsupported) {
  for (const std::string& bytes :
       {std::string(), std::string("RIFF"), std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16),
        std::string("<html><body>no</body></html>"), std::string(100'000, '\0'),
        std::string("#EXTM3U\n/etc/passwd\n")}) {
    const auto opened = open_sound({}, source(bytes));
    ASSERT_FALSE(opened) << bytes.substr(0, 8);
    EXPECT_EQ(opened.error().code, Code::unsupported_media) << opened.error().message;
    EXPECT_FALSE(opened.error().hint.empty());
  }
}

TEST(Sound, MissingFileAndTrackAreSaidSo) {
  EXPECT_EQ(open_sound({}, {"/nonexistent.wav", {}}).error().code, Code::fetch_failed);
  EXPECT_EQ(open_sound({}, {"/", {}}).error().code, Code::unsupported_media);
  const auto second = open_sound({}, source(wav({.rate = 8'000, .channels = 1, .seconds = 1})), {.track = 1});
  EXPECT_EQ(second.error().code, Code::invalid_request);
  EXPECT_EQ(second.error().param, "track");
}

TEST(Sound, HeaderWithoutSamplesIsEmpty) {
  const auto samples = all_of(source(wav({.rate = 16'000, .channels = 1, .seconds = 0})));
  if (samples) EXPECT_TRUE(samples->empty());
  else EXPECT_EQ(samples.error().code, Code::unsupported_media);
}

TEST(Sound, TooLongIsRefusedWhileReading) {
  const auto samples = all_of(source(wav({.rate = 16'000, .channels = 1, .seconds = 2})), {.max_seconds = 1});
  EXPECT_EQ(samples.error().code, Code::too_large);
}

TEST(Sound, StopEndsReading) {
  std::stop_source stop;
  const CallContext ctx("r", TimePoint::max(), stop.get_token());
  auto stream = open_sound(ctx, source(wav({.rate = 16'000, .channels = 1, .seconds = 5})));
  ASSERT_TRUE(stream);
  stop.request_stop();
  std::vector<float> piece(1000);
  EXPECT_EQ((*stream)->read(ctx, piece).error().code, Code::cancelled);
}

}  // namespace
}  // namespace sensorium::media
