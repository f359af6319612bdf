// Chapters as models write them: with or without fences, times as numbers.
#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "pipeline/film_story.h"

namespace sensorium::pipeline {
namespace {

Error not_chapters(std::string_view why) {
  return Error(Code::upstream_protocol, fmt::format("The model's chapters cannot be used: {}", why),
               "Try a larger model with -m.");
}

std::string_view object_in(std::string_view answer) {
  const auto begin = answer.find('{'), end = answer.rfind('}');
  return begin == std::string_view::npos || end == std::string_view::npos || end < begin
             ? std::string_view()
             : answer.substr(begin, end - begin + 1);
}

}  // namespace

Result<std::vector<Chapter>> parse_chapters(std::string_view answer, double from, double to) {
  const auto value = json::parse(object_in(answer));
  if (!value || !value->is_object()) return not_chapters("no JSON object");
  const auto* list = json::array_member(*value, "chapters");
  if (!list || list->empty()) return not_chapters("no list \"chapters\"");
  std::vector<Chapter> chapters;
  constexpr double longest = 1e7, slack = 1;
  for (const auto& item : *list) {
    if (!item.is_object()) return not_chapters("a chapter is no object");
    json::Reader reader(item.get_object());
    const auto start = reader.number("start", 0, longest), end = reader.number("end", 0, longest);
    const auto title = reader.string("title");
    if (!start || !end || !title || text::trim(*title).empty())
      return not_chapters("a field is missing or wrong");
    if (*start < from - slack || *end > to + slack || *start >= *end)
      return not_chapters("a time is out of range");
    if (!chapters.empty() && *start < chapters.back().start) return not_chapters("they are not in order");
    chapters.push_back({std::max(*start, from), std::min(*end, to), std::string(text::trim(*title)),
                        reader.string("summary").value_or("")});
  }
  // No gaps and no overlaps: each lasts until the next begins.
  chapters.front().start = from;
  for (std::size_t i = 0; i + 1 < chapters.size(); ++i) chapters[i].end = chapters[i + 1].start;
  chapters.back().end = to;
  std::erase_if(chapters, [](const Chapter& chapter) { return chapter.start >= chapter.end; });
  if (chapters.empty()) return not_chapters("they have no length");
  return chapters;
}

std::string_view chapters_schema() noexcept {
  return R"({"type":"object","properties":{"chapters":{"type":"array","items":{"type":"object","properties":{)"
         R"("start":{"type":"number"},"end":{"type":"number"},"title":{"type":"string"},"summary":{"type":"string"}},)"
         R"("required":["start","end","title","summary"],"additionalProperties":false}}},)"
         R"("required":["chapters"],"additionalProperties":false})";
}

}  // namespace sensorium::pipeline
