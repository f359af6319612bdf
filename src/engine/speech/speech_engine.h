// SpeechEngine: one piece of a recording to text with times. Long recordings are cut by pipeline/transcribe,
// which owns everything that concerns more than one piece; engines stay small. Surprising: times are seconds
// from the begin of the piece, and words are whole words in every language.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "exec/task.h"

namespace sensorium {

/// What a model accepts and gives.
struct SpeechCard {
  std::string name;  ///< "local/whisper-base", "openai/whisper-1"
  bool local = false;
  bool segments = true;     ///< gives times at all; if not, a piece is one segment
  bool words = false;       ///< gives times of words
  bool translates = false;  ///< to English by itself
  double longest = 29;      ///< seconds of one piece
  int parallel = 2;         ///< pieces worth having in flight
  std::optional<double> usd_per_minute;
};

enum class SpeechTask : std::uint8_t { transcribe, translate };

/// A piece and how to hear it. `samples` must outlive the call.
struct SpeechRequest {
  std::span<const float> samples;      ///< 16 kHz mono
  std::string language;                ///< "en"; "" lets the engine find out
  std::vector<std::string> languages;  ///< only these may be found; empty: all
  SpeechTask task = SpeechTask::transcribe;
  std::string prompt;  ///< text that could stand before: names and spellings to expect
  int beam = 5;
  double temperature = 0;
  double confidence = 1;  ///< mean probability of speech in it
  std::string job;        ///< pieces of one recording share it; work is dealt evenly among jobs
};

struct SpokenWord {
  std::string text;  ///< with the space before it, where the language has one
  double start = 0, end = 0, probability = 0;
};

struct SpokenSegment {
  double start = 0, end = 0;
  std::string text;
  double avg_logprob = 0, no_speech = 0, compression = 0, temperature = 0;
  std::vector<SpokenWord> words;  ///< empty where the card gives none
};

struct SpokenPiece {
  std::string language;  ///< code, "" when the engine does not tell
  double language_probability = 0;
  std::vector<std::pair<std::string, double>> languages;  ///< other likely ones
  std::vector<SpokenSegment> segments;
  std::string dropped;  ///< why text was held back: "silence", "loop", "phrase"; or ""
};

/// Thread-compatible: one instance serves many calls on one shard.
class SpeechEngine {
 public:
  virtual ~SpeechEngine() = default;
  virtual const SpeechCard& card() const = 0;
  /// Honours ctx within 100 ms. Errors: those of the HTTP client and upstream::make_error; the worker's own.
  virtual Task<SpokenPiece> transcribe(const CallContext& ctx, const SpeechRequest& request) = 0;
};

}  // namespace sensorium
