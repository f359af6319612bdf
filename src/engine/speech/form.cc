// RIFF and multipart, written by hand: both are a few lines.
#include "engine/speech/form.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/ids.h"
#include "media/sound.h"

namespace sensorium::speech {
namespace {

void put(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

}  // namespace

std::string wave_file(std::span<const float> samples) {
  constexpr int head = 44, sample_bytes = 2, bits = 16;
  const auto bytes = static_cast<std::uint32_t>(samples.size() * sample_bytes);
  std::string out;
  out.reserve(head + bytes);
  out += "RIFF";
  put(out, head - 8 + bytes, 4);
  out += "WAVEfmt ";
  put(out, bits, 4);
  put(out, 1, 2);  // PCM
  put(out, 1, 2);  // channels
  put(out, static_cast<std::uint32_t>(media::sound_rate), 4);
  put(out, static_cast<std::uint32_t>(media::sound_rate) * sample_bytes, 4);
  put(out, sample_bytes, 2);
  put(out, bits, 2);
  out += "data";
  put(out, bytes, 4);
  for (const float sample : samples) {
    const auto value = static_cast<std::int16_t>(std::lround(std::clamp(sample, -1.0F, 1.0F) * 32767.0F));
    put(out, static_cast<std::uint16_t>(value), sample_bytes);
  }
  return out;
}

SpeechForm::SpeechForm() : boundary_(make_id("sensorium-")) {}

void SpeechForm::field(std::string_view name, std::string_view value) {
  fmt::format_to(std::back_inserter(head_),
                 "--{}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{}\r\n", boundary_, name, value);
}

std::vector<net::BodyPiece> SpeechForm::body(std::string_view file) {
  fmt::format_to(
      std::back_inserter(head_),
      "--{}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"speech.wav\"\r\nContent-Type: "
      "audio/wav\r\n\r\n",
      boundary_);
  tail_ = fmt::format("\r\n--{}--\r\n", boundary_);
  return {std::string_view(head_), file, std::string_view(tail_)};
}

std::string SpeechForm::content_type() const { return "multipart/form-data; boundary=" + boundary_; }

}  // namespace sensorium::speech
