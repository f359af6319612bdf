// From scenes to chapters to a summary, by calls whose prompts do not grow with the film: scenes are told in
// windows, chapters of all windows in groups, and so on until one text is left.
// Surprising: an answer that is no such JSON is asked for once more, then replaced by a plain chapter.
#pragma once

#include <string>
#include <vector>

#include "pipeline/film.h"

namespace sensorium::pipeline {

struct Chapter {
  double start = 0, end = 0;
  std::string title, summary;
};

struct FilmStory {
  std::vector<Chapter> chapters;
  std::string summary;
  std::vector<std::string> warnings;
};

/// Text that was said, beside the scenes.
struct Said {
  double start = 0;
  std::string text;
};

/// Errors: those of ctx. Calls that fail cost their chapter or the summary and become warnings.
Task<FilmStory> tell_story(CallContext ctx, const std::vector<Scene>& scenes, const std::vector<Said>& said,
                           FilmCalls& calls);

/// Chapters in `answer`, checked: in order, within `from` and `to`, titled. Errors: upstream_protocol.
Result<std::vector<Chapter>> parse_chapters(std::string_view answer, double from, double to);

/// The JSON Schema that parse_chapters() wants.
std::string_view chapters_schema() noexcept;

}  // namespace sensorium::pipeline
