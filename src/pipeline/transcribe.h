// transcribe(): a recording of any length to a transcript: read, cut at silences, recognise in parallel, put
// together. Surprising: memory does not grow with length (a few pieces of half a minute), and the order of
// segments does not depend on which piece was ready first.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/speech/speech_engine.h"
#include "exec/cpu_pool.h"
#include "media/speech_chunker.h"

namespace sensorium::pipeline {

struct TranscribeRequest {
  media::SoundSource source;
  media::SoundOptions sound;
  std::string language;                ///< "" finds it out, piece by piece
  std::vector<std::string> languages;  ///< only these may be found; empty: all
  SpeechTask task = SpeechTask::transcribe;
  std::string prompt;
  int beam = 5;
  double temperature = 0;
};

struct Segment {
  int id = 0;
  double start = 0, end = 0;  ///< seconds of the recording
  std::string text, language;
  double avg_logprob = 0, no_speech = 0, compression = 0, temperature = 0;
  std::vector<SpokenWord> words;
};

struct TranscriptResult {
  std::vector<Segment> segments;
  std::string language;             ///< of most of the speech; "" without any
  double language_probability = 0;  ///< mean over its pieces
  double duration = 0, speech_seconds = 0;
  int pieces = 0;
  std::string model;
  std::vector<std::string> warnings;
};

/// Called on the shard, in order; awaiting is the back-pressure.
class TranscriptSink {
 public:
  virtual ~TranscriptSink() = default;
  virtual Task<> segment(const Segment&) { co_return Status{}; }
  /// Seconds of the recording that are done; `total` 0: unknown.
  virtual Task<> progress(double /*done*/, double /*total*/) { co_return Status{}; }
};

struct SoundResources {
  CpuPool& pool;
  std::shared_ptr<const media::SileroWeights> silero;  ///< null: the energy detector
};

/// A piece whose engine fails passingly is asked again, three times. Errors: those of open_sound and of the
/// engine.
Task<TranscriptResult> transcribe(CallContext ctx, SoundResources resources, SpeechEngine& engine,
                                  TranscribeRequest request, TranscriptSink& sink);

/// Times of a piece's words and segments, put on the recording's clock: words that begin in silence move to
/// the edge of the speech, all are monotonic, and segments without any speech under them are left out.
std::vector<Segment> settle(const SpokenPiece& piece, const media::SpeechChunk& chunk);

}  // namespace sensorium::pipeline
