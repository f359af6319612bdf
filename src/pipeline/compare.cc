// Measuring on the pool; words through a schema.
#include "pipeline/compare.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "pipeline/ask_structured.h"

namespace sensorium::pipeline {
namespace {

constexpr std::string_view schema_text =
    R"({"type":"object","properties":{"similarities":{"type":"array","items":{"type":"string"},"description":"what the pictures have in common, one short sentence each"},)"
    R"("differences":{"type":"array","items":{"type":"string"},"description":"what differs, one short sentence each, naming the pictures by number"},)"
    R"("recommendation":{"type":["string","null"],"description":"which picture to prefer and why, or null if nothing speaks for one"}},)"
    R"("required":["similarities","differences","recommendation"],"additionalProperties":false})";
constexpr std::string_view usual_prompt = "Compare these pictures with each other.";
constexpr std::size_t most_words = 200;  // lines told of each kind
constexpr std::size_t longest_compared = 300;
constexpr double one_line_changed = 0.5;  // likeness from which two lines are one that changed

/// 1 for equal texts, 0 for nothing in common: edit distance over length, in bytes.
double likeness(std::string_view a, std::string_view b) {
  a = a.substr(0, longest_compared), b = b.substr(0, longest_compared);
  if (a.empty() || b.empty()) return 0;
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, changed}));
    }
  }
  return 1 - static_cast<double>(row[b.size()]) / static_cast<double>(std::max(a.size(), b.size()));
}

struct Line {
  std::string_view text;
  bool told = false;
};

std::vector<Line> lines_in(std::span<const RecognisedLine> lines, std::size_t picture) {
  std::vector<Line> out;
  for (const auto& line : lines)
    if (line.picture == picture) out.push_back({line.text, false});
  return out;
}

Line* equal_line(std::vector<Line>& lines, std::string_view text) {
  const auto found =
      std::ranges::find_if(lines, [&](const Line& line) { return !line.told && line.text == text; });
  return found == lines.end() ? nullptr : &*found;
}

Line* like_line(std::vector<Line>& lines, std::string_view text) {
  Line* best = nullptr;
  double most = one_line_changed;
  for (auto& line : lines)
    if (!line.told)
      if (const double like = likeness(line.text, text); like > most) most = like, best = &line;
  return best;
}

/// The first picture's lines against another's.
void add_differences(ComparisonWords& words, std::vector<Line> first, std::vector<Line> other,
                     std::size_t number) {
  for (auto& line : first)
    if (Line* same = equal_line(other, line.text)) line.told = same->told = true;
  for (auto& line : first) {
    if (line.told) continue;
    Line* changed = like_line(other, line.text);
    if (changed) changed->told = true;
    words.differences.push_back(
        changed
            ? fmt::format("Picture 1 says \"{}\", picture {} says \"{}\".", line.text, number, changed->text)
            : fmt::format("Only in picture 1, not in picture {}: \"{}\".", number, line.text));
  }
  for (const auto& line : other)
    if (!line.told)
      words.differences.push_back(
          fmt::format("Only in picture {}, not in picture 1: \"{}\".", number, line.text));
}

void shorten(std::vector<std::string>& words) {
  if (words.size() <= most_words) return;
  const std::size_t more = words.size() - most_words;
  words.resize(most_words);
  words.push_back(fmt::format("... and {} more.", more));
}

}  // namespace

ComparisonWords words_of_lines(std::span<const RecognisedLine> lines, std::size_t pictures) {
  ComparisonWords words;
  std::vector<std::vector<Line>> texts;
  for (std::size_t i = 0; i < pictures; ++i) texts.push_back(lines_in(lines, i));
  if (pictures == 0) return words;
  if (std::ranges::all_of(texts, &std::vector<Line>::empty))
    words.similarities.emplace_back("No text was found in any of the pictures.");
  for (const auto& line : texts[0]) {
    const bool everywhere = std::ranges::all_of(texts, [&](const auto& other) {
      return std::ranges::any_of(other, [&](const Line& one) { return one.text == line.text; });
    });
    if (everywhere)
      words.similarities.push_back(
          fmt::format("{} say \"{}\".", pictures == 2 ? "Both pictures" : "All pictures", line.text));
  }
  for (std::size_t i = 1; i < pictures; ++i) add_differences(words, texts[0], texts[i], i + 1);
  shorten(words.similarities);
  shorten(words.differences);
  return words;
}

Task<std::vector<media::Comparison>> measure(const CallContext& ctx, MediaResources& media,
                                             std::span<const media::Picture> pictures,
                                             const media::CompareRule& rule) {
  std::vector<media::Comparison> out;
  for (std::size_t i = 1; i < pictures.size(); ++i) {
    auto permit = SN_CO_TRY(media.memory.take(media::compare_memory(pictures[0], pictures[i])));
    out.push_back(SN_CO_TRY(co_await media.pool.run(ctx, [&](const CallContext& c) {
      return media::compare_pictures(c, pictures[0], pictures[i], rule);
    })));
  }
  co_return out;
}

Task<WordsAnswer> compare_in_words(const CallContext& ctx, MediaResources& media, ImageQuestion question,
                                   std::span<const Candidate> candidates, const StageCallback& stage) {
  question.schema = SN_CO_TRY(Schema::compile(schema_text));
  question.prompt = std::string(usual_prompt) + (question.prompt.empty() ? "" : " " + question.prompt);
  const std::size_t pictures = question.pictures.size();
  WordsAnswer out;
  // A reader has no answer to a schema but its lines: it is asked for those.
  const auto generates = [](const Candidate& c) { return c.engine->card(c.model).generates; };
  const auto reader = std::ranges::find_if_not(candidates, generates);
  const auto models = candidates.first(static_cast<std::size_t>(reader - candidates.begin()));
  std::optional<Error> failure;
  if (!models.empty()) {
    auto answer = co_await ask_structured(ctx, media, question, models, stage);
    if (answer) {
      out.words = words_of_json((*answer)->data);
      out.answer = std::move(*answer);
      co_return out;
    }
    if (reader == candidates.end() || !facts(answer.error().code).fallback)
      co_return std::move(answer).error();
    failure = std::move(answer).error();
  }
  question.schema.reset();
  NullSink nowhere;
  out.answer = SN_CO_TRY(co_await ask_pictures(ctx, media, question, std::span(&*reader, 1), nowhere, stage));
  if (failure)
    out.answer->completion.warnings.push_back(models.front().name + " did not answer: " + sentence(*failure));
  out.answer->completion.warnings.emplace_back(
      "the reader compares the text of the pictures only; it cannot see objects, people or scenes");
  out.words = words_of_lines(out.answer->completion.lines, pictures);
  co_return out;
}

}  // namespace sensorium::pipeline
