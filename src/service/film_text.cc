// Times are cut, not rounded, so that no mark lies behind what it names.
#include "service/film_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace sensorium::service {
namespace {

constexpr double hour = 3600;

/// "00:01:02,345"; the separator of SRT is a comma, of WebVTT a point.
std::string cue_time(double seconds, char separator) {
  const auto ms = static_cast<std::int64_t>(std::max(0.0, seconds) * 1000 + 0.5);
  return fmt::format("{:02}:{:02}:{:02}{}{:03}", ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60, separator,
                     ms % 1000);
}

struct Cue {
  double start, end;
  std::string text;
};

std::vector<Cue> cues_of(const Timeline& timeline) {
  std::vector<Cue> cues;
  for (const auto& chapter : timeline.chapters) cues.push_back({chapter.start, chapter.end, chapter.title});
  if (!cues.empty()) return cues;
  for (std::size_t i = 0; i < timeline.scenes.size(); ++i) {
    const auto& scene = timeline.scenes[i];
    cues.push_back(
        {scene.start, scene.end, scene.caption.empty() ? fmt::format("Scene {}", i + 1) : scene.caption});
  }
  return cues;
}

/// Inside a cue an empty line would end it, and "-->" would be a time.
std::string cue_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\r' || (c == '\n' && (out.empty() || out.back() == '\n'))) continue;
    if (c == '>' && out.ends_with("--")) out.back() = ' ';
    out += c;
  }
  while (!out.empty() && out.back() == '\n') out.pop_back();
  return out.empty() ? "-" : out;
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string as_one_line(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(out, [](char c) { return c == '\n' || c == '\r' || c == '|'; }, ' ');
  return out;
}

}  // namespace

std::string time_mark(double seconds, double duration) {
  const auto whole = static_cast<std::int64_t>(std::max(0.0, seconds));
  if (duration < hour) return fmt::format("[{:02}:{:02}]", whole / 60, whole % 60);
  return fmt::format("[{}:{:02}:{:02}]", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string timeline_ending(const Timeline& timeline) {
  std::string out;
  if (!timeline.chapters.empty()) out += "\nChapters\n";
  for (const auto& chapter : timeline.chapters)
    out += fmt::format("{} {}\n", time_mark(chapter.start, timeline.source.duration),
                       as_one_line(chapter.title));
  if (!timeline.summary.empty()) out += fmt::format("\nSummary\n{}\n", timeline.summary);
  return out;
}

std::string timeline_text(const Timeline& timeline) {
  std::string out;
  for (const auto& line : timeline.timeline) out += line + "\n";
  return out + timeline_ending(timeline);
}

std::string timeline_markdown(const Timeline& timeline) {
  const auto& source = timeline.source;
  std::string out = fmt::format("# Timeline of {}\n\n{} x {}, {}, {:.1f} s\n", as_one_line(source.label),
                                source.width, source.height, source.codec, source.duration);
  if (!timeline.summary.empty()) out += fmt::format("\n{}\n", timeline.summary);
  if (!timeline.chapters.empty()) out += "\n## Chapters\n\n";
  for (const auto& chapter : timeline.chapters)
    out += fmt::format("- **{} {}** {}\n", time_mark(chapter.start, source.duration),
                       as_one_line(chapter.title), as_one_line(chapter.summary));
  out += "\n## Scenes\n\n| From | To | What |\n|---|---|---|\n";
  for (const auto& scene : timeline.scenes)
    out += fmt::format("| {} | {} | {} |\n", time_mark(scene.start, source.duration),
                       time_mark(scene.end, source.duration), as_one_line(scene.caption));
  if (!timeline.transcript.empty()) out += "\n## What is said\n\n";
  for (const auto& cue : timeline.transcript)
    out += fmt::format("{} {}  \n", time_mark(cue.start, source.duration), as_one_line(cue.text));
  return out;
}

std::string timeline_srt(const Timeline& timeline) {
  std::string out;
  int number = 0;
  for (const auto& cue : cues_of(timeline))
    out += fmt::format("{}\n{} --> {}\n{}\n\n", ++number, cue_time(cue.start, ','), cue_time(cue.end, ','),
                       cue_text(cue.text));
  return out;
}

std::string timeline_vtt(const Timeline& timeline) {
  std::string out = "WEBVTT\n\n";
  for (const auto& cue : cues_of(timeline))
    out += fmt::format("{} --> {}\n{}\n\n", cue_time(cue.start, '.'), cue_time(cue.end, '.'),
                       cue_text(cue.text));
  return out;
}

std::string timeline_csv(const Timeline& timeline) {
  std::string out = "index,start,end,caption\r\n";
  for (std::size_t i = 0; i < timeline.scenes.size(); ++i) {
    const auto& scene = timeline.scenes[i];
    out += fmt::format("{},{:.3f},{:.3f},{}\r\n", i, scene.start, scene.end, csv_field(scene.caption));
  }
  return out;
}

}  // namespace sensorium::service
