// Input: a film's container: where its pictures and its text are.
#pragma once

#include "media/ffmpeg/demuxer.h"
#include "media/frame_stream.h"

namespace sensorium::media::ffmpeg {

/// Not thread-safe, movable between threads through its pointer.
class Input final : public Demuxer {
 public:
  /// Errors as open_video().
  static Result<std::unique_ptr<Input>> open(const CallContext& ctx, const std::string& path);

  /// Index of the film's track, -1 when there is none; cover pictures do not count.
  int video() const noexcept { return video_; }
  /// The first text track, -1 when there is none.
  int text() const noexcept { return text_; }
  bool sound() const noexcept { return sound_; }

 private:
  explicit Input(const std::string& path);
  void choose_streams();

  int video_ = -1, text_ = -1;
  bool sound_ = false;
};

}  // namespace sensorium::media::ffmpeg
