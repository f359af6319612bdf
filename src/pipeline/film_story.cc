// The hierarchy of calls.
#include "pipeline/film_story.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace sensorium::pipeline {
namespace {

// What one prompt may hold.
constexpr std::size_t scenes_per_call = 40, caption_bytes = 400, said_bytes = 3000, lines_per_summary = 40,
                      line_bytes = 300;
constexpr int chapter_tokens = 1024, summary_tokens = 600;

std::string chapters_prompt(std::span<const Scene> scenes, const std::vector<Said>& said) {
  std::string prompt = fmt::format(
      "These are the scenes of a film from {:.1f} s to {:.1f} s, in time order. Group them into chapters by "
      "subject, as few as make sense. Answer with JSON only: "
      "{{\"chapters\":[{{\"start\":seconds,\"end\":seconds,"
      "\"title\":\"at most eight words\",\"summary\":\"one or two sentences\"}}]}}. Use only times between "
      "{:.1f} and "
      "{:.1f}.\n",
      scenes.front().start, scenes.back().end, scenes.front().start, scenes.back().end);
  for (const auto& scene : scenes)
    prompt += fmt::format("\n{:.1f}-{:.1f} s: {}", scene.start, scene.end,
                          text::shorten(scene.caption, caption_bytes));
  std::string heard;
  for (const auto& each : said)
    if (each.start >= scenes.front().start && each.start < scenes.back().end && heard.size() < said_bytes)
      heard += fmt::format("\n{:.1f} s: {}", each.start, text::shorten(each.text, line_bytes));
  if (!heard.empty()) prompt += "\n\nWhat is said meanwhile:" + heard;
  return prompt;
}

class Telling {
 public:
  Telling(FilmCalls& calls, const std::vector<Said>& said) : calls_(calls), said_(said) {}
  Task<FilmStory> run(CallContext ctx, const std::vector<Scene>& scenes);

 private:
  Task<std::vector<Chapter>> chapters_of(CallContext ctx, std::span<const Scene> scenes);
  Task<std::string> summary_of(CallContext ctx, std::vector<std::string> lines);

  FilmCalls& calls_;
  const std::vector<Said>& said_;
  FilmStory story_;
};

Task<std::vector<Chapter>> Telling::chapters_of(CallContext ctx, std::span<const Scene> scenes) {
  FilmQuestion question;
  question.prompt = chapters_prompt(scenes, said_);
  question.schema = chapters_schema();
  question.max_tokens = chapter_tokens;
  const double from = scenes.front().start, to = scenes.back().end;
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto answer = co_await calls_.ask(ctx, question);
    SN_CO_TRY(ctx.check());
    if (!answer) {
      story_.warnings.push_back("a chapter could not be asked for: " + sentence(answer.error()));
      break;
    }
    auto chapters = parse_chapters(*answer, from, to);
    if (chapters) co_return std::move(*chapters);
    if (attempt == 0)
      question.prompt += fmt::format("\n\nYour last answer was wrong: {}", chapters.error().message);
    else story_.warnings.push_back(chapters.error().message);
  }
  constexpr std::size_t title_bytes = 80;
  co_return std::vector<Chapter>{
      {from, to, text::shorten(scenes.front().caption, title_bytes), scenes.front().caption}};
}

Task<std::string> Telling::summary_of(CallContext ctx, std::vector<std::string> lines) {
  while (!lines.empty()) {
    std::vector<std::string> next;
    for (std::size_t at = 0; at < lines.size(); at += lines_per_summary) {
      FilmQuestion question;
      const bool whole = lines.size() <= lines_per_summary;
      question.prompt = whole ? "Summarize this film in one paragraph, from its chapters:\n"
                              : "Summarize this part of a film in three sentences, from its chapters:\n";
      question.max_tokens = summary_tokens;
      for (std::size_t i = at; i < std::min(lines.size(), at + lines_per_summary); ++i)
        question.prompt += "\n" + lines[i];
      auto answer = co_await calls_.ask(ctx, std::move(question));
      SN_CO_TRY(ctx.check());
      if (!answer) {
        story_.warnings.push_back("the summary could not be asked for: " + sentence(answer.error()));
        co_return std::string();
      }
      next.emplace_back(text::trim(*answer));
    }
    if (next.size() == 1) co_return std::move(next.front());
    lines = std::move(next);
  }
  co_return std::string();
}

Task<FilmStory> Telling::run(CallContext ctx, const std::vector<Scene>& scenes) {
  for (std::size_t at = 0; at < scenes.size(); at += scenes_per_call) {
    const auto window = std::span(scenes).subspan(at, std::min(scenes_per_call, scenes.size() - at));
    if (window.front().start >= window.back().end) continue;
    for (auto& chapter : SN_CO_TRY(co_await chapters_of(ctx, window)))
      story_.chapters.push_back(std::move(chapter));
  }
  std::vector<std::string> lines;
  for (const auto& chapter : story_.chapters)
    lines.push_back(fmt::format("{:.0f}-{:.0f} s, {}: {}", chapter.start, chapter.end, chapter.title,
                                text::shorten(chapter.summary, line_bytes)));
  story_.summary = SN_CO_TRY(co_await summary_of(ctx, std::move(lines)));
  co_return std::move(story_);
}

}  // namespace

Task<FilmStory> tell_story(CallContext ctx, const std::vector<Scene>& scenes, const std::vector<Said>& said,
                           FilmCalls& calls) {
  Telling telling(calls, said);
  co_return co_await telling.run(std::move(ctx), scenes);
}

}  // namespace sensorium::pipeline
