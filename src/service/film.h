// What a caller may ask of a film and what comes back: the typed form of `sensorium timeline` and of
// POST /v1/analyze/video. Times in seconds.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "service/question.h"

namespace sensorium::service {

enum class FilmSampling : std::uint8_t {
  exact,     ///< the frame that is shown at each time
  snap,      ///< a keyframe within half an interval where there is one: three times faster
  keyframes  ///< all keyframes and hidden cuts, whatever the rate: ten times faster
};
enum class SceneDetector : std::uint8_t { hash, content, adaptive };

struct FilmQuestion {
  std::string path;  ///< a file; what it is called for the reader is `label`
  std::string label;
  std::string prompt;             ///< about each frame; "" for the standard one
  std::string why;                ///< what the timeline is for; added to the prompt
  std::string model;              ///< "" means the configured default
  std::optional<double> fps = 1;  ///< nothing: from target_frames
  std::int64_t target_frames = 60;
  std::int64_t max_frames = 0;  ///< 0: no limit
  int threshold = 10;
  bool scene_only = true;
  SceneDetector scenes = SceneDetector::hash;
  FilmSampling sampling = FilmSampling::exact;
  int concurrency = 5;
  int max_tokens = 300;
  double from = 0, to = 0;
  bool speech = true;
  bool ask = true;          ///< false: frames and scenes only, no call
  bool thumbnails = false;  ///< FilmFrame::thumb is filled
  std::string subtitles;    ///< a file; "" looks beside and inside the film
  std::string journal;      ///< finished calls are kept here; "" nowhere
  CacheChoice cache = CacheChoice::use;
  DetailChoice detail = DetailChoice::automatic;
  std::optional<double> max_cost;
  bool offline = false;
  std::string caller;
  bool stream = false;
  std::optional<Milliseconds> timeout;
  std::vector<std::string> warnings, ignored;
};

struct FilmFrame {
  std::int64_t index = 0;
  double time = 0;
  std::uint64_t phash = 0;
  bool scene_changed = false;
  std::string_view decision = "same";
  int distance = 0;
  std::optional<std::int64_t> like;
  std::string reason;  ///< for the report
  std::optional<std::string> caption;
  std::optional<Error> error;
  std::shared_ptr<const std::string> thumb;  ///< JPEG, only while it is told
};

struct FilmScene {
  double start = 0, end = 0, frame_time = 0;
  std::string caption;
};
struct FilmChapter {
  double start = 0, end = 0;
  std::string title, summary;
};
struct FilmCue {
  double start = 0, end = 0;
  std::string text;
};

/// sensorium.timeline/1
struct Timeline {
  struct Source {
    std::string label, sha256, codec;
    double duration = 0, fps = 0;
    int width = 0, height = 0;
  } source;
  struct Sampling {
    double fps = 0;
    int threshold = 10;
    std::int64_t sampled = 0, scene_changed = 0, sent = 0, duplicates = 0, failed = 0, decoded = 0;
  } sampling;
  std::vector<FilmFrame> frames;
  std::vector<FilmScene> scenes;
  std::vector<FilmChapter> chapters;
  std::string summary;
  std::vector<FilmCue> transcript;  ///< from subtitles
  std::string transcript_source;    ///< "" : no transcript
  std::vector<std::string> timeline;
  std::string model;
  UsageReport usage;
  std::optional<double> cost_usd;
  std::int64_t calls = 0, repeated_calls = 0;
  double read_ms = 0, total_ms = 0;
  std::vector<std::string> warnings;
};

/// What a film question would take: frames are those that would be sampled, calls at most so many.
struct FilmPlan {
  std::string model;
  std::int64_t frames = 0, calls = 0, input_tokens = 0, output_tokens_max = 0;
  double film_seconds = 0;
  std::optional<std::pair<double, double>> cost_usd;
  std::vector<std::string> warnings;
};

class FilmSink {
 public:
  virtual ~FilmSink() = default;
  /// In time order; awaiting is the back-pressure, an Error ends the work.
  virtual Task<> frame(const FilmFrame& frame) = 0;
  virtual Task<> stage(std::string_view stage) = 0;
};

/// JPEGs side by side in one. Blocking.
Result<std::string> contact_sheet_of(const CallContext& ctx,
                                     const std::vector<std::shared_ptr<const std::string>>& thumbs,
                                     int columns);

}  // namespace sensorium::service
