// recognise(): one chunk of speech to text, with the tests that tell a hearing from an invention.
// Surprising: the sound is encoded once; the language, every temperature and the word times use that
// encoding.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "workers/speech/model.h"

namespace sensorium::speech {

struct HearRequest {
  std::span<const float> samples;      ///< 16 kHz mono, at most 30 s
  std::string language;                ///< "en"; "": find out
  std::vector<std::string> languages;  ///< only these may be found; empty: all
  enum class Task : bool { transcribe, translate } task = Task::transcribe;
  std::string prompt;     ///< text that stands before, names and spellings to expect
  int beam = 5;           ///< 1: greedy
  float temperature = 0;  ///< the first of the ladder
  float confidence = 1;   ///< mean probability of speech, as the detector saw it
};

struct HeardToken {
  std::string text;  ///< bytes; a character may be spread over tokens
  float probability = 0;
  double at = -1;  ///< seconds in the chunk; -1: unknown
};

struct HeardSegment {
  double start = 0, end = 0;  ///< seconds in the chunk
  std::string text;
  std::vector<HeardToken> tokens;
};

struct Heard {
  std::string language;
  float language_probability = 1;
  std::vector<std::pair<std::string, float>> languages;  ///< the likeliest five, where it was asked
  std::vector<HeardSegment> segments;
  float temperature = 0, avg_logprob = 0, no_speech = 0, compression = 0;
  std::string dropped;  ///< why there is no text although some was made: "silence", "loop", "phrase", or ""
};

/// `state` is used by one call at a time. `ctx` is looked at between two steps of a graph.
/// Errors: cancelled, deadline_exceeded, invalid_request (unknown language), internal, overloaded.
Result<Heard> recognise(const CallContext& ctx, const Model& model, whisper_state* state,
                        const HearRequest& request);

}  // namespace sensorium::speech
