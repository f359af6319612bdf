// Sounds for tests, made from numbers: WAV files of a tone, and sequences of syllables and pauses.
#pragma once

#include <algorithm>

#include <cmath>
#include <cstdint>
#include <numbers>
#include <string>
#include <vector>

namespace sensorium::media::test {

struct Tone {
  int rate = 16'000, channels = 1;
  double seconds = 1, hertz = 440, amplitude = 0.5, offset = 0;
};

inline void put(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

/// 16 bit samples as a WAV file.
inline std::string wav_of(const std::vector<std::int16_t>& samples, int rate, int channels) {
  std::string out = "RIFF";
  const auto bytes = static_cast<std::uint32_t>(samples.size() * 2);
  put(out, 36 + bytes, 4);
  out += "WAVEfmt ";
  put(out, 16, 4);
  put(out, 1, 2);
  put(out, static_cast<std::uint32_t>(channels), 2);
  put(out, static_cast<std::uint32_t>(rate), 4);
  put(out, static_cast<std::uint32_t>(rate * channels * 2), 4);
  put(out, static_cast<std::uint32_t>(channels * 2), 2);
  put(out, 16, 2);
  out += "data";
  put(out, bytes, 4);
  for (const std::int16_t sample : samples) put(out, static_cast<std::uint16_t>(sample), 2);
  return out;
}

inline std::string wav(const Tone& tone) {
  std::vector<std::int16_t> samples;
  const auto frames = static_cast<std::int64_t>(tone.seconds * tone.rate);
  for (std::int64_t i = 0; i < frames; ++i) {
    const double phase = 2 * std::numbers::pi * tone.hertz * static_cast<double>(i) / tone.rate;
    const double value = std::clamp(tone.offset + tone.amplitude * std::sin(phase), -1.0, 1.0);
    for (int c = 0; c < tone.channels; ++c) samples.push_back(static_cast<std::int16_t>(value * 32767));
  }
  return wav_of(samples, tone.rate, tone.channels);
}

}  // namespace sensorium::media::test
