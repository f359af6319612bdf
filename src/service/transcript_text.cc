// Transcripts as files: subtitles, tables, and the JSON of OpenAI's interface and of ours.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"
#include "engine/speech/reply.h"
#include "pipeline/cues.h"
#include "service/transcript.h"

namespace sensorium::service {
namespace {

struct FormatName {
  std::string_view name;
  TranscriptFormat format;
};
constexpr auto formats = std::to_array<FormatName>({{"text", TranscriptFormat::text},
                                                    {"txt", TranscriptFormat::text},
                                                    {"srt", TranscriptFormat::srt},
                                                    {"vtt", TranscriptFormat::vtt},
                                                    {"tsv", TranscriptFormat::tsv},
                                                    {"json", TranscriptFormat::json},
                                                    {"verbose_json", TranscriptFormat::verbose_json}});

/// "00:01:02,345"
std::string clock(double seconds, char point) {
  const auto ms = std::max<std::int64_t>(std::llround(seconds * 1000), 0);
  return fmt::format("{:02}:{:02}:{:02}{}{:03}", ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60, point,
                     ms % 1000);
}

std::vector<pipeline::Segment> segments_of(const Transcript& transcript, CueLayout::Text text) {
  std::vector<pipeline::Segment> out;
  for (const auto& from : transcript.segments) {
    pipeline::Segment segment;
    segment.start = from.start;
    segment.end = from.end;
    const bool translated = text == CueLayout::Text::translation;
    segment.text = translated ? from.translation : from.text;
    if (!translated)
      for (const auto& word : from.words)
        segment.words.push_back({word.text, word.start, word.end, word.probability});
    out.push_back(std::move(segment));
  }
  return out;
}

/// Both languages stand in one cue per segment, the original above.
std::vector<pipeline::Cue> both(const Transcript& transcript, const CueLayout& layout) {
  std::vector<pipeline::Cue> cues;
  for (const auto& segment : transcript.segments) {
    pipeline::Cue cue{segment.start, segment.end, {}};
    for (const auto& text : {segment.text, segment.translation})
      for (auto& line : pipeline::break_lines(text::trim(text), layout.line_width, layout.lines))
        cue.lines.push_back(std::move(line));
    if (!cue.lines.empty()) cues.push_back(std::move(cue));
  }
  return cues;
}

std::vector<pipeline::Cue> cues_of(const Transcript& transcript, const CueLayout& layout) {
  if (layout.text == CueLayout::Text::both) return both(transcript, layout);
  pipeline::CueRule rule;
  rule.line_width = layout.line_width;
  rule.lines = layout.lines;
  return pipeline::make_cues(segments_of(transcript, layout.text), rule);
}

std::string srt(const std::vector<pipeline::Cue>& cues) {
  std::string out;
  for (std::size_t i = 0; i < cues.size(); ++i)
    fmt::format_to(std::back_inserter(out), "{}\n{} --> {}\n{}\n\n", i + 1, clock(cues[i].start, ','),
                   clock(cues[i].end, ','), text::join(cues[i].lines, "\n"));
  return out;
}

/// WebVTT reads & and < as the begin of something, and --> would end a cue's text.
std::string vtt_text(std::string_view line) {
  std::string out;
  for (const char c : line)
    out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
  return out;
}

std::string vtt(const std::vector<pipeline::Cue>& cues) {
  std::string out = "WEBVTT\n\n";
  for (const auto& cue : cues) {
    fmt::format_to(std::back_inserter(out), "{} --> {}\n", clock(cue.start, '.'), clock(cue.end, '.'));
    for (const auto& line : cue.lines) out += vtt_text(line) + "\n";
    out += '\n';
  }
  return out;
}

std::string tsv(const Transcript& transcript) {
  std::string out = "start\tend\ttext\n";
  for (const auto& segment : transcript.segments) {
    std::string line(text::trim(segment.text));
    std::ranges::replace(line, '\t', ' ');
    fmt::format_to(std::back_inserter(out), "{}\t{}\t{}\n", std::llround(segment.start * 1000),
                   std::llround(segment.end * 1000), line);
  }
  return out;
}

std::string lines(const Transcript& transcript, CueLayout::Text text) {
  std::string out;
  for (const auto& segment : transcript.segments) {
    if (text != CueLayout::Text::translation) out += std::string(text::trim(segment.text)) + "\n";
    if (text != CueLayout::Text::original) out += std::string(text::trim(segment.translation)) + "\n";
  }
  return out;
}

void write_words(JsonText& json, const TranscriptSegment& segment) {
  for (const auto& word : segment.words)
    json.open('{')
        .field("word", text::trim(word.text))
        .rounded("start", word.start)
        .rounded("end", word.end)
        .rounded("probability", word.probability)
        .close('}');
}

std::string plain_json(const Transcript& transcript) {
  JsonText json(transcript.text.size() + 32);
  json.open('{').field("text", transcript.text).close('}');
  return std::move(json).take();
}

std::string verbose_json(const Transcript& transcript) {
  JsonText json(transcript.text.size() * 4 + 512);
  json.open('{')
      .field("task", transcript.task == SpeechWork::translate ? "translate" : "transcribe")
      .field("language", speech::language_name(transcript.language))
      .rounded("duration", transcript.duration)
      .field("text", transcript.text)
      .key("segments")
      .open('[');
  for (const auto& segment : transcript.segments)
    json.open('{')
        .field("id", segment.id)
        .field("seek", 0)
        .rounded("start", segment.start)
        .rounded("end", segment.end)
        .field("text", segment.text)
        .key("tokens")
        .raw("[]")
        .rounded("temperature", segment.temperature)
        .rounded("avg_logprob", segment.avg_logprob)
        .rounded("compression_ratio", segment.compression)
        .rounded("no_speech_prob", segment.no_speech)
        .close('}');
  json.close(']');
  if (transcript.with_words) {
    json.key("words").open('[');
    for (const auto& segment : transcript.segments) write_words(json, segment);
    json.close(']');
  }
  json.key("usage")
      .open('{')
      .field("type", "duration")
      .field("seconds", std::llround(std::ceil(transcript.duration)));
  json.close('}').close('}');
  return std::move(json).take();
}

void write_segment(JsonText& json, const TranscriptSegment& segment, bool words) {
  json.open('{').field("id", segment.id).rounded("start", segment.start).rounded("end", segment.end);
  json.field("text", text::trim(segment.text)).field("language", segment.language);
  json.rounded("avg_logprob", segment.avg_logprob).rounded("no_speech_prob", segment.no_speech);
  if (words) {
    json.key("words").open('[');
    write_words(json, segment);
    json.close(']');
  }
  json.close('}');
}

void write_translation(JsonText& json, const Transcript& transcript) {
  std::string all;
  for (const auto& segment : transcript.segments)
    all += (all.empty() ? "" : " ") + std::string(text::trim(segment.translation));
  json.open('{').field("language", transcript.translated_to).field("text", all).key("segments").open('[');
  for (const auto& segment : transcript.segments)
    json.open('{').field("id", segment.id).field("text", text::trim(segment.translation)).close('}');
  json.close(']').close('}');
}

}  // namespace

std::optional<TranscriptFormat> transcript_format(std::string_view name) noexcept {
  for (const auto& row : formats)
    if (row.name == name) return row.format;
  return std::nullopt;
}

std::string_view mime_of(TranscriptFormat format) noexcept {
  switch (format) {
    case TranscriptFormat::srt:
      return "application/x-subrip; charset=utf-8";
    case TranscriptFormat::vtt:
      return "text/vtt; charset=utf-8";
    case TranscriptFormat::text:
      return "text/plain; charset=utf-8";
    case TranscriptFormat::tsv:
      return "text/tab-separated-values; charset=utf-8";
    default:
      return "application/json";
  }
}

void write_transcript(JsonText& json, const Transcript& transcript) {
  json.open('{').field("schema", "sensorium.transcript/1").field("text", transcript.text).key("language");
  if (transcript.language.empty()) json.null();
  else json.text(transcript.language);
  json.rounded("language_probability", transcript.language_probability);
  json.rounded("duration", transcript.duration).key("segments").open('[');
  for (const auto& segment : transcript.segments) write_segment(json, segment, transcript.with_words);
  json.close(']').key("translation");
  if (transcript.translated_to.empty()) json.null();
  else write_translation(json, transcript);
  json.field("model", transcript.model).key("usage").open('{').rounded("audio_seconds", transcript.duration);
  json.close('}').key("cost_usd").number(transcript.cost_usd).key("timings_ms").open('{');
  json.rounded("recognise", transcript.recognise_ms).rounded("translate", transcript.translate_ms);
  json.rounded("total", transcript.total_ms).close('}').key("warnings").texts(transcript.warnings).close('}');
}

std::string segment_json(const TranscriptSegment& segment) {
  JsonText json;
  write_segment(json, segment, !segment.words.empty());
  return std::move(json).take();
}

std::string transcript_as(const Transcript& transcript, TranscriptFormat format, const CueLayout& layout) {
  switch (format) {
    case TranscriptFormat::text:
      return lines(transcript, layout.text);
    case TranscriptFormat::srt:
      return srt(cues_of(transcript, layout));
    case TranscriptFormat::vtt:
      return vtt(cues_of(transcript, layout));
    case TranscriptFormat::tsv:
      return tsv(transcript);
    case TranscriptFormat::json:
      return plain_json(transcript);
    case TranscriptFormat::verbose_json:
      return verbose_json(transcript);
    case TranscriptFormat::full:
      break;
  }
  JsonText json(transcript.text.size() * 4 + 512);
  write_transcript(json, transcript);
  return std::move(json).take();
}

}  // namespace sensorium::service
