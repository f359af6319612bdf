// Hysteresis over the detector's frames, and where to cut what is too long.
#include "media/speech_chunker.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace sensorium::media {
namespace {

constexpr auto frame_length = static_cast<std::int64_t>(detector_frame);
constexpr double frames_per_second = static_cast<double>(sound_rate) / static_cast<double>(detector_frame);
constexpr std::size_t narrow = 3, wide = 10;  // frames on both sides of a cut that are looked at
constexpr float level_weight = 0.004F;        // per dB: decides among frames that are equally silent

float level_of(std::span<const float> frame) {
  float sum = 1e-9F;
  for (const float sample : frame) sum += sample * sample;
  return 10 * std::log10(sum / static_cast<float>(frame.size()));
}

}  // namespace

SpeechChunker::SpeechChunker(std::unique_ptr<SpeechDetector> detector, const ChunkRule& rule)
    : detector_(std::move(detector)), rule_(rule) {}

std::size_t SpeechChunker::frames_of(double seconds) const noexcept {
  return static_cast<std::size_t>(std::lround(seconds * frames_per_second));
}

double SpeechChunker::speech_seconds() const noexcept {
  return static_cast<double>(spoken_) / static_cast<double>(sound_rate);
}

void SpeechChunker::feed(std::span<const float> samples) {
  heard_ += static_cast<std::int64_t>(samples.size());
  while (!samples.empty()) {
    const std::size_t count = std::min(detector_frame - pending_.size(), samples.size());
    pending_.insert(pending_.end(), samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(count));
    samples = samples.subspan(count);
    if (pending_.size() < detector_frame) return;
    add_frame(std::span<const float, detector_frame>(pending_));
    pending_.clear();
  }
}

void SpeechChunker::finish() {
  if (!pending_.empty()) {
    pending_.resize(detector_frame, 0.0F);
    add_frame(std::span<const float, detector_frame>(pending_));
    pending_.clear();
  }
  if (begun_) close(frames_.size());
  frames_.clear();
  sound_.clear();
}

std::optional<SpeechChunk> SpeechChunker::take() {
  if (done_.empty()) return std::nullopt;
  auto chunk = std::move(done_.front());
  done_.pop_front();
  return chunk;
}

void SpeechChunker::add_frame(std::span<const float, detector_frame> frame) {
  const float probability = detector_->probability(frame);
  sound_.insert(sound_.end(), frame.begin(), frame.end());
  frames_.push_back({probability, level_of(frame), false});
  judge(probability);
  if (!begun_) return trim_front();
  if (!in_speech_ && quiet_ > frames_of(rule_.longest_gap))
    return close(frames_.size() - quiet_ + std::min(quiet_, frames_of(rule_.pad)));
  if (frames_.size() >= frames_of(rule_.longest)) close(best_cut());
}

/// Marks frames as speech, backwards where a pause turned out to be too short to be one.
void SpeechChunker::judge(float probability) {
  const bool speech = probability >= (in_speech_ ? rule_.off : rule_.on);
  if (!speech) {
    ++quiet_;
    if (quiet_ > frames_of(rule_.least_silence)) {
      in_speech_ = false;
      loud_ = 0;
    }
    return;
  }
  ++loud_;
  const std::size_t gap = in_speech_ ? std::min(quiet_, frames_.size() - 1) : 0;
  for (std::size_t i = 0; i <= gap; ++i) frames_[frames_.size() - 1 - i].speech = true;
  spoken_ += static_cast<std::int64_t>(gap + 1) * frame_length;
  in_speech_ = true;
  quiet_ = 0;
  if (loud_ >= frames_of(rule_.least_speech)) begun_ = true;
}

/// Before speech begins only the pad is kept, and what may yet become speech.
void SpeechChunker::trim_front() {
  const std::size_t keep =
      frames_of(rule_.pad) + frames_of(rule_.least_speech) + frames_of(rule_.least_silence) + 1;
  if (frames_.size() <= keep) return;
  const std::size_t drop = frames_.size() - keep;
  frames_.erase(frames_.begin(), frames_.begin() + static_cast<std::ptrdiff_t>(drop));
  sound_.erase(sound_.begin(), sound_.begin() + static_cast<std::ptrdiff_t>(drop * detector_frame));
  first_ += static_cast<std::int64_t>(drop) * frame_length;
}

/// The deepest silence behind rule_.earliest_cut: few speech near by, little sound there.
std::size_t SpeechChunker::best_cut() const {
  const auto mean = [this](std::size_t at, std::size_t around) {
    float sum = 0, level = 0;
    const std::size_t begin = at - std::min(at, around), end = std::min(at + around + 1, frames_.size());
    for (std::size_t i = begin; i < end; ++i) {
      sum += frames_[i].probability;
      level += frames_[i].level;
    }
    const auto count = static_cast<float>(end - begin);
    return (sum + level * level_weight) / count;
  };
  std::size_t best = frames_.size() - 1;
  float lowest = 1e9F;
  for (std::size_t at = frames_of(rule_.earliest_cut); at + narrow < frames_.size(); ++at) {
    const float score = mean(at, narrow) + mean(at, wide) / 2;
    if (score > lowest) continue;
    lowest = score;
    best = at;
  }
  return best;
}

/// The first `count` frames become a chunk; the rest is the beginning of the next.
void SpeechChunker::close(std::size_t count) {
  const auto is_speech = [](const Frame& frame) { return frame.speech; };
  const auto end = frames_.begin() + static_cast<std::ptrdiff_t>(count);
  const auto from = std::find_if(frames_.begin(), end, is_speech);
  const auto index = static_cast<std::size_t>(from - frames_.begin());
  const std::size_t skip = index - std::min(index, frames_of(rule_.pad));
  SpeechChunk chunk;
  chunk.begin = first_ + static_cast<std::int64_t>(skip) * frame_length;
  chunk.samples.assign(sound_.begin() + static_cast<std::ptrdiff_t>(skip * detector_frame),
                       sound_.begin() + static_cast<std::ptrdiff_t>(count * detector_frame));
  float sum = 0;
  std::size_t speaking = 0;
  for (std::size_t i = index; i < count; ++i) {
    if (!frames_[i].speech) continue;
    sum += frames_[i].probability;
    ++speaking;
    const std::int64_t at = first_ + static_cast<std::int64_t>(i) * frame_length;
    if (chunk.speech.empty() || chunk.speech.back().end != at) chunk.speech.push_back({at, at});
    chunk.speech.back().end = at + frame_length;
  }
  chunk.confidence = speaking > 0 ? sum / static_cast<float>(speaking) : 0;
  if (speaking > 0) done_.push_back(std::move(chunk));
  frames_.erase(frames_.begin(), end);
  sound_.erase(sound_.begin(), sound_.begin() + static_cast<std::ptrdiff_t>(count * detector_frame));
  first_ += static_cast<std::int64_t>(count) * frame_length;
  begun_ = std::any_of(frames_.begin(), frames_.end(), is_speech);
  quiet_ = std::min(quiet_, frames_.size());
}

}  // namespace sensorium::media
