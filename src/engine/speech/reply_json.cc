// JSON to a SpokenPiece.
#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "engine/speech/reply.h"

namespace sensorium::speech {
namespace {

double number(const json::value& from, std::string_view name, double otherwise) {
  const auto* found = json::member(from, name);
  return found && found->is_number() ? found->to_number<double>() : otherwise;
}

std::string text_of(const json::value& from, std::string_view name) {
  return std::string(json::string_member(from, name).value_or(""));
}

std::string bytes_of(std::string_view hex) {
  const auto digit = [](char c) { return c >= 'a' ? c - 'a' + 10 : c - '0'; };
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out += static_cast<char>(digit(hex[i]) << 4 | digit(hex[i + 1]));
  return out;
}

SpokenSegment read_segment(const json::value& value) {
  SpokenSegment segment;
  segment.start = number(value, "start", 0);
  segment.end = number(value, "end", segment.start);
  segment.text = text_of(value, "text");
  segment.avg_logprob = number(value, "avg_logprob", 0);
  segment.no_speech = number(value, "no_speech_prob", 0);
  segment.compression = number(value, "compression_ratio", 0);
  segment.temperature = number(value, "temperature", 0);
  if (const auto* tokens = json::array_member(value, "tokens");
      tokens && !tokens->empty() && tokens->front().is_object()) {
    std::vector<TimedToken> list;
    for (const auto& token : *tokens)
      list.push_back({bytes_of(text_of(token, "bytes")), number(token, "p", 0), number(token, "at", -1)});
    segment.words = words_of(list, segment.start, segment.end);
  }
  return segment;
}

/// OpenAI lists words beside the segments; each goes to the segment in whose time its middle lies.
void deal_words(const json::array& words, std::vector<SpokenSegment>& segments) {
  std::size_t at = 0;
  for (const auto& value : words) {
    SpokenWord word{text_of(value, "word"), number(value, "start", 0), number(value, "end", 0),
                    number(value, "probability", 1)};
    while (at + 1 < segments.size() && (word.start + word.end) / 2 > segments[at].end) ++at;
    if (!word.text.empty() && !segments[at].words.empty() && word.text.front() != ' ')
      word.text.insert(0, 1, ' ');
    segments[at].words.push_back(std::move(word));
  }
}

void read_languages(const json::value& value, SpokenPiece& piece) {
  const auto code = text_of(value, "language_code");
  piece.language = language_code(code.empty() ? text_of(value, "language") : code);
  piece.language_probability = number(value, "language_probability", piece.language.empty() ? 0 : 1);
  if (const auto* others = json::object_member(value, "language_probabilities"))
    for (const auto& [name, probability] : *others)
      if (probability.is_number()) piece.languages.emplace_back(name, probability.to_number<double>());
}

}  // namespace

Result<SpokenPiece> parse_reply(std::string_view body, double seconds) {
  const auto parsed = json::parse(body);
  const auto* text = parsed ? json::member(*parsed, "text") : nullptr;
  if (!text || !text->is_string())
    return Error(Code::upstream_protocol, "The speech service answered with something else than a transcript",
                 "Check that the address is that of a transcription service");
  SpokenPiece piece;
  read_languages(*parsed, piece);
  piece.dropped = text_of(*parsed, "dropped");
  if (const auto* segments = json::array_member(*parsed, "segments"))
    for (const auto& segment : *segments) piece.segments.push_back(read_segment(segment));
  const auto whole = text_of(*parsed, "text");
  if (piece.segments.empty() && !text::trim(whole).empty()) {
    SpokenSegment only;
    only.end = seconds;
    only.text = whole;
    piece.segments.push_back(std::move(only));
  }
  if (const auto* words = json::array_member(*parsed, "words"); words && !piece.segments.empty())
    deal_words(*words, piece.segments);
  return piece;
}

}  // namespace sensorium::speech
