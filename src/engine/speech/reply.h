// The reply of the transcription interface: verbose_json of any server, and what our own worker adds to it.
#pragma once

#include "engine/speech/speech_engine.h"

namespace sensorium::speech {

/// Errors: upstream_protocol. `seconds` is the piece's length: where a server gives no times, it is one
/// segment.
Result<SpokenPiece> parse_reply(std::string_view body, double seconds);

/// A token of the worker with the time at which its sound begins, -1 when unknown.
struct TimedToken {
  std::string bytes;
  double probability = 0, at = -1;
};
/// Tokens to words: split before spaces, in writing without spaces at every character; punctuation stays with
/// the word before. Times are monotonic and within [start, end].
std::vector<SpokenWord> words_of(const std::vector<TimedToken>& tokens, double start, double end);

/// "en" for "english", "EN", "en-US"; "" for what is no language.
std::string language_code(std::string_view name);
/// "english" for "en"; the code itself when it has no name here.
std::string language_name(std::string_view code);

}  // namespace sensorium::speech
