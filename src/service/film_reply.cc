// Counts, lines and warnings of a timeline.
#include "service/film_reply.h"

#include <fmt/format.h>

namespace sensorium::service {
namespace {

std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
  return out;
}

std::vector<std::string> timeline_lines(const std::vector<FilmScene>& scenes, double duration) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < scenes.size(); ++i) {
    const std::string what =
        scenes[i].caption.empty() ? fmt::format("scene {}", i + 1) : one_line(scenes[i].caption);
    lines.push_back(fmt::format("{} {}", pipeline::clock_mark(scenes[i].start, duration >= 3600), what));
  }
  return lines;
}

}  // namespace

FilmFrame to_frame(const pipeline::FrameRecord& from) {
  FilmFrame to;
  to.index = from.index;
  to.time = from.time;
  to.phash = from.phash;
  to.scene_changed = from.scene_changed;
  to.decision = media::name(from.decision);
  to.distance = from.distance;
  to.like = from.like;
  to.reason = from.reason;
  to.caption = from.caption;
  to.error = from.error;
  to.thumb = from.thumb;
  return to;
}

Timeline reply_of(const FilmQuestion& question, const media::VideoFacts& facts, double interval,
                  pipeline::FilmResult watched, const pipeline::FilmUsage& usage) {
  Timeline out;
  out.source.label = question.label;
  out.source.codec = facts.codec;
  out.source.duration = facts.duration;
  out.source.fps = facts.fps;
  out.source.width = facts.size.width;
  out.source.height = facts.size.height;
  out.sampling.fps = 1 / interval;
  out.sampling.threshold = question.threshold;
  out.sampling.sampled = static_cast<std::int64_t>(watched.frames.size());
  out.sampling.decoded = watched.report.decoded;
  out.sampling.failed = watched.failed;
  for (const auto& record : watched.frames) {
    out.sampling.scene_changed += record.scene_changed ? 1 : 0;
    out.sampling.sent += record.decision == media::Decision::sent ? 1 : 0;
    out.sampling.duplicates += record.decision == media::Decision::duplicate ? 1 : 0;
    out.frames.push_back(to_frame(record));
  }
  for (auto& scene : watched.scenes)
    out.scenes.push_back({scene.start, scene.end, scene.frame_time, std::move(scene.caption)});
  out.timeline = timeline_lines(out.scenes, facts.duration);
  out.model = usage.model;
  out.usage.input_tokens = usage.input_tokens;
  out.usage.output_tokens = usage.output_tokens;
  if (usage.price_known) out.cost_usd = usage.cost_usd;
  out.calls = usage.calls;
  out.repeated_calls = usage.repeated;
  out.read_ms = static_cast<double>(watched.reading.count());
  out.warnings = question.warnings;
  for (auto& warning : watched.report.warnings) out.warnings.push_back(std::move(warning));
  if (watched.failed > 0)
    out.warnings.push_back(fmt::format("{} of {} questions failed: {}", watched.failed, out.sampling.sent,
                                       sentence(*watched.first_failure)));
  return out;
}

}  // namespace sensorium::service
