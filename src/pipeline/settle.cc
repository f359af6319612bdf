// From the clock of a piece to that of the recording, with the speech detector's evidence.
#include <algorithm>

#include "base/text.h"
#include "pipeline/transcribe.h"

namespace sensorium::pipeline {
namespace {

constexpr double rate = static_cast<double>(media::sound_rate);
constexpr double least_word = 0.02, tolerance = 0.3;  // seconds
constexpr double least_cover = 0.05;                  // of a segment that must be speech

struct Span {
  double begin, end;
};

double covered(const std::vector<Span>& speech, double begin, double end) {
  double sum = 0;
  for (const auto& span : speech) sum += std::max(0.0, std::min(end, span.end) - std::max(begin, span.begin));
  return sum;
}

/// A start in silence moves to the next speech if that begins within the word or soon after.
double snapped_start(const std::vector<Span>& speech, double start, double end) {
  for (const auto& span : speech) {
    if (start >= span.begin && start < span.end) return start;
    if (span.begin > start) return span.begin < std::max(end, start + tolerance) ? span.begin : start;
  }
  return start;
}

/// An end in silence moves back to where speech stopped.
double snapped_end(const std::vector<Span>& speech, double start, double end) {
  for (auto span = speech.rbegin(); span != speech.rend(); ++span) {
    if (span->begin > end) continue;
    if (end <= span->end) return end;
    return span->end > start ? span->end : end;
  }
  return end;
}

std::vector<SpokenWord> settle_words(const SpokenSegment& segment, double offset,
                                     const std::vector<Span>& speech, double& clock) {
  std::vector<SpokenWord> words = segment.words;
  for (auto& word : words) {
    word.start += offset;
    word.end += offset;
    const double start = snapped_start(speech, word.start, word.end);
    word.end = snapped_end(speech, start, std::max(word.end, start));
    word.start = std::max(start, clock);
    word.end = std::max(word.end, word.start + least_word);
    clock = word.start;
  }
  for (std::size_t i = 0; i + 1 < words.size(); ++i)
    words[i].end = std::max(std::min(words[i].end, words[i + 1].start), words[i].start);
  return words;
}

}  // namespace

std::vector<Segment> settle(const SpokenPiece& piece, const media::SpeechChunk& chunk) {
  const double offset = static_cast<double>(chunk.begin) / rate,
               last = static_cast<double>(chunk.end()) / rate;
  std::vector<Span> speech;
  for (const auto& span : chunk.speech)
    speech.push_back({static_cast<double>(span.begin) / rate, static_cast<double>(span.end) / rate});
  std::vector<Segment> out;
  double clock = offset;
  for (const auto& from : piece.segments) {
    const double begin = offset + from.start, end = std::min(offset + from.end, last);
    if (text::trim(from.text).empty()) continue;
    const double length = std::max(end - begin, least_word);
    if (covered(speech, begin - tolerance, begin + length + tolerance) < least_cover * length) continue;
    Segment segment;
    segment.words = settle_words(from, offset, speech, clock);
    segment.start = segment.words.empty() ? snapped_start(speech, begin, end) : segment.words.front().start;
    segment.start = std::max(segment.start, out.empty() ? offset : out.back().end);
    segment.end = segment.words.empty() ? snapped_end(speech, segment.start, end) : segment.words.back().end;
    segment.end = std::max(segment.end, segment.start + least_word);
    segment.text = from.text;
    segment.language = piece.language;
    segment.avg_logprob = from.avg_logprob;
    segment.no_speech = from.no_speech;
    segment.compression = from.compression;
    segment.temperature = from.temperature;
    out.push_back(std::move(segment));
  }
  return out;
}

}  // namespace sensorium::pipeline
