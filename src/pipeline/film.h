// A film to its timeline: frames are judged and asked about while the film is still read.
// Surprising: results come out in time order although calls end in any order, and a failed call is an item.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "media/frame_select.h"
#include "pipeline/film_call.h"
#include "pipeline/film_frames.h"

namespace sensorium::pipeline {

enum class SceneFinder : std::uint8_t { hash, content, adaptive };

struct FilmRule {
  media::SampleRule sample;
  media::SelectRule select;
  SceneFinder scenes = SceneFinder::hash;
  int concurrency = 5;
  int workers = 2;
  bool ask = true;        ///< else frames and scenes only
  std::string prompt;     ///< of each frame
  bool tell_time = true;  ///< the frame's time is put behind it
  int max_tokens = 300;
  int picture_side = 1024;  ///< long side of what is sent
  int thumb_side = 0;       ///< long side of thumbnails of kept frames; 0: none
};

/// A sampled frame and what became of it.
struct FrameRecord {
  std::int64_t index = 0;
  double time = 0;
  std::uint64_t phash = 0;
  bool scene_changed = false, keyframe = false;
  media::Decision decision = media::Decision::same;
  int distance = 0;
  std::optional<std::int64_t> like;
  std::string reason;
  std::optional<std::string> caption;
  std::optional<Error> error;                ///< of its call
  std::shared_ptr<const std::string> thumb;  ///< JPEG; only while it is told
};

struct Scene {
  double start = 0, end = 0, frame_time = 0;
  std::string caption;
};

class FilmEvents {
 public:
  virtual ~FilmEvents() = default;
  /// In time order, one call at a time; awaiting is the back-pressure.
  virtual Task<> frame(const FrameRecord& record) = 0;
  /// Seconds of the film that were read, while nothing else is told.
  virtual Task<> read_to(double seconds) = 0;
};

struct FilmResult {
  std::vector<FrameRecord> frames;
  std::vector<Scene> scenes;
  FilmReport report;
  std::vector<double> cuts;  ///< of the content and adaptive detectors
  Milliseconds reading{};
  std::int64_t failed = 0;
  std::optional<Error> first_failure;
};

/// `calls` is asked about each kept frame. Errors: those of the film and of `ctx`; not those of calls, unless
/// every call failed with the same final error from the start (three in a row and no success: the model is
/// not there, and the rest of the film is not asked for).
Task<FilmResult> watch_film(CallContext ctx, CpuPool& pool, std::shared_ptr<const media::Video> video,
                            FilmRule rule, FilmCalls& calls, FilmEvents& events);

/// Scenes from judged frames: each begins where the picture changed and ends where the next begins.
std::vector<Scene> scenes_of(const std::vector<FrameRecord>& frames, double end);

/// "[00:12]", "[1:02:03]" when `hours`.
std::string clock_mark(double seconds, bool hours);

}  // namespace sensorium::pipeline
