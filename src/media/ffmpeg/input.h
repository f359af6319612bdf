// Input: a film's container, read through our own file access. Surprising: only containers that hold their
// own data are opened; playlists and scripts (HLS, concat) could name other files and hosts.
#pragma once

#include <string>

#include "media/ffmpeg/api.h"
#include "media/frame_stream.h"

namespace sensorium::media::ffmpeg {

/// Not thread-safe, movable between threads through its pointer.
class Input {
 public:
  /// Errors as open_video().
  static Result<std::unique_ptr<Input>> open(const CallContext& ctx, const std::string& path);
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  ~Input();

  /// The next packet of the stream `only` (all others are passed over); false at the end. Damage in the
  /// middle is passed over as far as the demuxer can.
  Result<bool> read(const CallContext& ctx, AVPacket* packet, int only);
  /// To the last keyframe at or before `timestamp` of `stream`; false when the container cannot.
  bool seek(const CallContext& ctx, int stream, std::int64_t timestamp);

  AVFormatContext* format() noexcept { return format_; }
  /// Index of the film's track, -1 when there is none; cover pictures do not count.
  int video() const noexcept { return video_; }
  /// The first text track, -1 when there is none.
  int text() const noexcept { return text_; }
  bool sound() const noexcept { return sound_; }
  /// Seconds that the container's clock shows at the start of the film.
  double start() const noexcept;

 private:
  explicit Input(int file) : file_(file) {}
  Status probe(const CallContext& ctx);
  void choose_streams();
  static int read_file(void* self, std::uint8_t* buffer, int size) noexcept;
  static std::int64_t seek_file(void* self, std::int64_t offset, int whence) noexcept;
  static int over(void* self) noexcept;

  int file_;
  std::int64_t at_ = 0;
  const CallContext* ctx_ = nullptr;  ///< of the call that runs
  AVIOContext* io_ = nullptr;
  AVFormatContext* format_ = nullptr;
  int video_ = -1, text_ = -1;
  bool sound_ = false;
};

}  // namespace sensorium::media::ffmpeg
