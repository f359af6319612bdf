// A timeline as text: lines, Markdown, subtitles of its scenes, a table.
#pragma once

#include <string>

#include "service/film.h"

namespace sensorium::service {

/// "[00:12] …" lines, then chapters and summary.
std::string timeline_text(const Timeline& timeline);
/// What stands below the lines in timeline_text(); "" when there is nothing.
std::string timeline_ending(const Timeline& timeline);
std::string timeline_markdown(const Timeline& timeline);
/// Chapters, or scenes when there are no chapters, as subtitles.
std::string timeline_srt(const Timeline& timeline);
std::string timeline_vtt(const Timeline& timeline);
/// One row a scene: index,start,end,caption (RFC 4180).
std::string timeline_csv(const Timeline& timeline);
/// "[00:12]", "[1:02:03]" in films of an hour and more.
std::string time_mark(double seconds, double duration);

}  // namespace sensorium::service
