// What both engines send: a WAV file, and the form of the transcription interface around it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "net/http_client.h"

namespace sensorium::speech {

/// 16 bit, 16 kHz, one channel.
std::string wave_file(std::span<const float> samples);

/// A multipart form under construction; the file comes last and is not copied.
class SpeechForm {
 public:
  SpeechForm();
  void field(std::string_view name, std::string_view value);
  /// The body; views into this object and `file`.
  std::vector<net::BodyPiece> body(std::string_view file);
  std::string content_type() const;

 private:
  std::string boundary_, head_, tail_;
};

}  // namespace sensorium::speech
