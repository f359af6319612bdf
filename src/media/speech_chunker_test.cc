// Where recordings are cut: with a detector that reads its answer from the samples, and with the real ones.
#include "media/speech_chunker.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <numbers>

namespace sensorium::media {
namespace {

/// Speech is what is loud.
class Loudness final : public SpeechDetector {
 public:
  float probability(std::span<const float, detector_frame> frame) override {
    return std::abs(frame[0]) > 0.1F ? 0.9F : 0.05F;
  }
  std::string_view name() const noexcept override { return "loudness"; }
};

struct Part {
  double seconds;
  float level;
};

std::vector<float> sound(std::initializer_list<Part> parts) {
  std::vector<float> out;
  for (const auto& part : parts)
    out.insert(out.end(), static_cast<std::size_t>(part.seconds * 16'000), part.level);
  return out;
}

std::vector<SpeechChunk> cut(const std::vector<float>& samples, std::size_t piece = 777) {
  SpeechChunker chunker(std::make_unique<Loudness>());
  std::vector<SpeechChunk> chunks;
  const auto collect = [&] {
    while (auto chunk = chunker.take()) chunks.push_back(std::move(*chunk));
  };
  for (std::size_t at = 0; at < samples.size(); at += piece) {
    chunker.feed(std::span(samples).subspan(at, std::min(piece, samples.size() - at)));
    collect();
  }
  chunker.finish();
  collect();
  return chunks;
}

double seconds(std::int64_t samples) { return static_cast<double>(samples) / 16'000; }

TEST(SpeechChunker, SilenceGivesNothing) {
  EXPECT_TRUE(cut(sound({{60, 0}})).empty());
  EXPECT_TRUE(cut({}).empty());
  EXPECT_TRUE(cut(sound({{0.01, 1}})).empty());
}

TEST(SpeechChunker, AbsoluteOffsetsBehindSilence) {
  const auto samples = sound({{30, 0}, {3, 0.5F}, {5, 0}});
  const auto chunks = cut(samples);
  ASSERT_EQ(chunks.size(), 1U);
  EXPECT_NEAR(seconds(chunks[0].begin), 29.7, 0.07);
  EXPECT_NEAR(seconds(chunks[0].end()), 33.3, 0.1);
  ASSERT_EQ(chunks[0].speech.size(), 1U);
  EXPECT_NEAR(seconds(chunks[0].speech[0].begin), 30, 0.04);
  EXPECT_NEAR(seconds(chunks[0].speech[0].end), 33, 0.04);
  EXPECT_NEAR(chunks[0].confidence, 0.9, 0.01);
  for (std::size_t i = 0; i < chunks[0].samples.size(); ++i)
    ASSERT_EQ(chunks[0].samples[i], samples[static_cast<std::size_t>(chunks[0].begin) + i]);
}

TEST(SpeechChunker, LongSilenceSeparatesShortOneDoesNot) {
  EXPECT_EQ(cut(sound({{3, 1}, {1, 0}, {3, 1}, {3, 0}, {2, 1}})).size(), 2U);
}

TEST(SpeechChunker, CutsAtThePauseBetween15And29Seconds) {
  const auto chunks = cut(sound({{10, 1}, {0.5, 0}, {11, 1}, {0.5, 0}, {30, 1}}));
  ASSERT_GE(chunks.size(), 2U);
  EXPECT_GT(seconds(chunks[0].end()), 21.4);
  EXPECT_LT(seconds(chunks[0].end()), 22.1);
  EXPECT_EQ(chunks[1].begin, chunks[0].end());
}

TEST(SpeechChunker, WithoutAnyPauseStillNothingIsLostOrTwice) {
  const auto chunks = cut(sound({{100, 1}}));
  ASSERT_GE(chunks.size(), 4U);
  std::int64_t at = chunks[0].begin;
  for (const auto& chunk : chunks) {
    EXPECT_EQ(chunk.begin, at);
    EXPECT_LE(seconds(chunk.end() - chunk.begin), 29.01);
    at = chunk.end();
  }
  EXPECT_NEAR(seconds(at), 100, 0.05);
}

TEST(SpeechChunker, SizeOfPiecesDoesNotMatter) {
  const auto samples = sound({{2, 0}, {20, 1}, {1, 0}, {20, 1}, {4, 0}, {1, 1}});
  const auto one = cut(samples, 1), many = cut(samples, 100'000);
  ASSERT_EQ(one.size(), many.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].begin, many[i].begin);
    EXPECT_EQ(one[i].samples.size(), many[i].samples.size());
  }
}

TEST(SpeechChunker, ClicksAreNoSpeech) {
  EXPECT_TRUE(cut(sound({{5, 0}, {0.05, 1}, {5, 0}, {0.05, 1}, {5, 0}})).empty());
}

TEST(EnergyDetector, TellsSyllablesFromSilenceAndHum) {
  const auto detector = make_energy_detector();
  std::array<float, detector_frame> frame{};
  float quiet = 0, loud = 0;
  for (int i = 0; i < 60; ++i) quiet = detector->probability(frame);
  for (std::size_t i = 0; i < frame.size(); ++i)
    frame[i] = 0.3F * std::sin(2 * std::numbers::pi_v<float> * 500 * static_cast<float>(i) / 16'000);
  for (int i = 0; i < 5; ++i) loud = detector->probability(frame);
  EXPECT_LT(quiet, 0.1F);
  EXPECT_GT(loud, 0.9F);
}

std::string weights_path() {
  const char* cache = std::getenv("SENSORIUM_CACHE");
  const char* home = std::getenv("HOME");
  const std::string base = cache ? cache : std::string(home ? home : "") + "/.cache/sensorium";
  return base + "/engines/speech-weights-1/silero_vad_16k.safetensors";
}

TEST(Silero, SilenceAndNoiseAreNoSpeech) {
  if (!std::filesystem::exists(weights_path())) GTEST_SKIP() << "needs tools/fetch/speech_weights.sh";
  const auto weights = load_silero(weights_path());
  ASSERT_TRUE(weights) << weights.error().message;
  const auto detector = make_silero(*weights);
  std::array<float, detector_frame> frame{};
  float highest = 0;
  std::uint32_t state = 1;
  for (int i = 0; i < 100; ++i) {
    for (float& sample : frame) {
      state = state * 1664525 + 1013904223;
      sample = i < 50 ? 0 : (static_cast<float>(state >> 8) / 8388608.0F - 1) * 0.1F;
    }
    highest = std::max(highest, detector->probability(frame));
  }
  EXPECT_LT(highest, 0.4F);
}

TEST(Silero, WrongFilesAreSaidSo) {
  EXPECT_EQ(load_silero("/nonexistent").error().code, Code::not_found);
  EXPECT_EQ(load_silero("/proc/self/exe").error().code, Code::misconfigured);
  EXPECT_EQ(load_silero("/dev/null").error().code, Code::misconfigured);
}

}  // namespace
}  // namespace sensorium::media
