// The transcription form of the OpenAI interface as the worker reads it, and the verbose_json it answers
// with.
#pragma once

#include <string>
#include <vector>

#include "workers/speech/recognizer.h"

namespace sensorium::speech {

/// The fields of a form. Beside OpenAI's: job, languages, beam_size, speech_confidence.
struct Form {
  std::string job;
  std::vector<float> samples;
  HearRequest request;  ///< its samples lie in `samples`
};

/// Reads a multipart body whose boundary is its first line. Errors: invalid_request, unsupported_media (the
/// file is not WAV at 16 kHz mono), too_large (more than 30 s).
Result<Form> read_form(std::string_view body);

/// `verbose_json`, with language_code, language_probabilities, dropped and the tokens beside OpenAI's fields.
std::string reply_json(const Heard& heard, double seconds, HearRequest::Task task);

}  // namespace sensorium::speech
