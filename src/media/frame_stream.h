// Frames of a film: which ones are wanted, and the frames as they come out, measured but not converted.
// Surprising: only what a wanted frame needs is decoded. A film is read as units, one group of pictures each,
// that are planned from their packets before any decoder sees them and can be decoded side by side.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "media/prepare.h"

namespace sensorium::media {

/// What the container says, before any frame exists. Times in seconds; 0 where it says nothing.
struct VideoFacts {
  std::string container, codec;
  Size size;  ///< as shown: upright, square pixels
  double duration = 0;
  double fps = 0;
  int rotation = 0;  ///< degrees clockwise that the stored picture is turned to be upright: 0, 90, 180, 270
  bool hdr = false;  ///< PQ or HLG; frames come out as SDR
  bool sound = false;
  bool subtitles = false;  ///< has a text subtitle track
};

/// Which frames are wanted. The frame wanted at t is the one shown at t: the last with time <= t.
struct SampleRule {
  enum class Mode : std::uint8_t {
    every,      ///< at from, from + interval, ...
    times,      ///< at `times`, ascending
    keyframes,  ///< all keyframes, and packets so large that a cut without a keyframe must be there
    all
  } mode = Mode::every;
  double interval = 1;
  std::vector<double> times = {};
  double from = 0;
  double to = 0;         ///< 0: to the end
  double tolerance = 0;  ///< a keyframe this close (seconds) is taken instead of the exact frame
};

/// Limits against hostile and broken files.
struct VideoLimits {
  std::int64_t max_pixels = 100'000'000;  ///< of one frame
  double max_seconds = 12 * 3600;
  std::int64_t max_packets = 20'000'000;
};

constexpr int thumb_width = 32, thumb_height = 18;

/// Measured in one pass over the luma plane. Brightness in 0..255, full range.
struct LumaFacts {
  std::uint64_t phash = 0;  ///< within a few bits of Python imagehash's phash of the RGB picture
  double mean = 0, deviation = 0;
  double sharpness = 0;  ///< mean difference of neighbouring samples; below 1: nothing to see
  std::array<std::uint8_t, std::size_t{thumb_width} * thumb_height> thumb{};
};

/// Pixels of a decoded frame, still as the decoder left them. Thread-safe; holds decoder memory.
class FramePixels {
 public:
  virtual ~FramePixels() = default;
  /// Upright JPEG of `size`, in SDR, one field of an interlaced frame. `quality` 1..100. Blocking.
  virtual Result<std::string> jpeg(const CallContext& ctx, Size size, int quality) const = 0;
  /// Upright RGB of `size`. Blocking.
  virtual Result<Pixels> rgb(const CallContext& ctx, Size size) const = 0;
  virtual std::int64_t bytes() const noexcept = 0;
};

/// The small picture that the content detector compares: hue 0..179, saturation and value 0..255, planar.
struct HsvImage {
  Size size;
  std::vector<std::uint8_t> hue, saturation, value;
};

struct VideoFrame {
  double time = 0;  ///< seconds from the start of the film, from its own clock
  bool keyframe = false;
  LumaFacts luma;
  std::shared_ptr<const FramePixels> pixels;  ///< null when only measurements were asked for
  std::shared_ptr<const HsvImage> hsv;        ///< only with Measure::content
};

/// What is taken from each wanted frame.
enum class Measure : std::uint8_t { pixels, content };

/// A piece of the film that decodes on its own: a group of pictures, still compressed, with its plan.
class FrameUnit {
 public:
  virtual ~FrameUnit() = default;
  /// Goes on where the unit before it stopped, so the same decoder must take it (endless groups of pictures).
  virtual bool continues() const noexcept = 0;
  virtual std::int64_t bytes() const noexcept = 0;
};

/// Reads and plans. Not thread-safe, movable between threads. Blocking.
class FrameSource {
 public:
  virtual ~FrameSource() = default;
  virtual const VideoFacts& facts() const noexcept = 0;
  /// The next unit that has a wanted frame; null at the end. Errors: corrupt_media, too_large, those of ctx.
  virtual Result<std::unique_ptr<FrameUnit>> next(const CallContext& ctx) = 0;
  /// What was wrong and passed over, for the warnings of the result.
  virtual std::vector<std::string> warnings() const = 0;
};

/// Decodes units, one at a time; one per worker. Not thread-safe, movable between threads. Blocking.
class FrameDecoder {
 public:
  virtual ~FrameDecoder() = default;
  /// Takes over a unit. The one before must have ended.
  virtual void start(std::unique_ptr<FrameUnit> unit) = 0;
  /// Decodes on until there is a frame or about `slice` has passed. True while the unit goes on.
  virtual Result<bool> step(const CallContext& ctx, Milliseconds slice, std::vector<VideoFrame>& out) = 0;
  /// Frames decoded so far, wanted or not.
  virtual std::int64_t decoded() const noexcept = 0;
};

/// A film that can be read any number of times. Thread-safe.
class Video {
 public:
  virtual ~Video() = default;
  virtual const VideoFacts& facts() const noexcept = 0;
  virtual Result<std::unique_ptr<FrameSource>> source(const CallContext& ctx, SampleRule rule) const = 0;
  virtual Result<std::unique_ptr<FrameDecoder>> decoder(Measure measure) const = 0;
};

/// Opens a file by its content. Blocking. Errors: not_built_in (FFmpeg's libraries are missing), fetch_failed
/// (no such file), unsupported_media (no film, or no video track), corrupt_media, too_large.
Result<std::shared_ptr<const Video>> open_video(const CallContext& ctx, const std::string& path,
                                                const VideoLimits& limits);

/// True when the first bytes look like a film, so that it is worth opening as one.
bool looks_like_video(std::string_view head) noexcept;

/// One cue of a text track.
struct SubtitleCue {
  double start = 0, end = 0;
  std::string text;
};
/// The cues of a subtitle file (SRT, WebVTT, ASS), or of the first text track of a film; empty when it has
/// none. Blocking: a film is read through.
Result<std::vector<SubtitleCue>> read_subtitles(const CallContext& ctx, const std::string& path);

/// The frame that a picture side of at most `max_side` leaves of `size`; sides even, at least 2.
Size frame_size(Size size, int max_side) noexcept;

/// Estimated bytes that decoding takes with this many workers, for the MemoryBudget.
std::int64_t video_memory(const VideoFacts& facts, int workers) noexcept;

}  // namespace sensorium::media
