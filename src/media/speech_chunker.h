// SpeechChunker: cuts a recording into pieces of at most 29 s that begin and end in silence.
// Surprising: a piece is one stretch of the recording as it is, nothing taken out of its middle, so that a
// time in the piece plus the piece's begin is a time in the recording. What is not speech between pieces is
// left out.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "media/speech_detector.h"

namespace sensorium::media {

/// Samples of the recording, [begin, end).
struct SoundSpan {
  std::int64_t begin = 0, end = 0;
};

struct SpeechChunk {
  std::int64_t begin = 0;  ///< sample of the recording
  std::vector<float> samples;
  std::vector<SoundSpan> speech;  ///< inside the chunk, on the recording's clock, in order
  float confidence = 0;           ///< mean probability of its speech frames
  std::int64_t end() const noexcept { return begin + static_cast<std::int64_t>(samples.size()); }
};

struct ChunkRule {
  float on = 0.5F, off = 0.35F;  ///< probabilities at which speech begins and ends
  double longest = 29;           ///< seconds of a chunk
  double earliest_cut = 15;      ///< a chunk that has to be cut is cut behind this
  double longest_gap = 2;        ///< more silence than this ends a chunk
  double least_speech = 0.12;    ///< shorter speech is a click
  double least_silence = 0.1;    ///< shorter pauses belong to the speech
  double pad = 0.3;              ///< sound kept on both sides
};

/// Not thread-safe. Feed samples in order; take chunks until there is none.
class SpeechChunker {
 public:
  explicit SpeechChunker(std::unique_ptr<SpeechDetector> detector, const ChunkRule& rule = {});

  void feed(std::span<const float> samples);
  /// No more samples will come: what is begun becomes chunks.
  void finish();
  std::optional<SpeechChunk> take();

  std::int64_t samples() const noexcept { return heard_; }
  /// Of all speech found so far, seconds.
  double speech_seconds() const noexcept;

 private:
  struct Frame {
    float probability, level;
    bool speech;
  };
  void add_frame(std::span<const float, detector_frame> frame);
  void judge(float probability);
  void trim_front();
  void close(std::size_t frames);
  std::size_t best_cut() const;
  std::size_t frames_of(double seconds) const noexcept;

  std::unique_ptr<SpeechDetector> detector_;
  ChunkRule rule_;
  std::vector<float> pending_;  ///< less than a frame
  std::deque<Frame> frames_;    ///< of the chunk that grows, and the pad before it
  std::vector<float> sound_;    ///< the samples of frames_
  std::int64_t first_ = 0;      ///< the recording's sample at the front of both
  std::int64_t heard_ = 0, spoken_ = 0;
  bool in_speech_ = false, begun_ = false;
  std::size_t quiet_ = 0, loud_ = 0;  ///< frames since the last speech; frames of speech in a row
  std::deque<SpeechChunk> done_;
};

}  // namespace sensorium::media
