// Demuxer: a container of film or sound, read through our own file access; Input and SoundInput stand on it.
// Surprising: only containers that hold their own data are opened; playlists and scripts (HLS, concat) could
// name other files and hosts.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "media/ffmpeg/api.h"

namespace sensorium::media::ffmpeg {

/// What differs between films and recordings. The texts live as long as the program.
struct ContainerRule {
  const char* containers;  ///< FFmpeg's names, separated by commas
  int buffer_bytes;
  /// The file may still be written: its size is asked at every seek, and one may seek behind its end.
  bool growing;
  std::string_view thing;  ///< "film", as sentences call it
  // The next step, per error.
  std::string_view no_file, no_regular_file, other_format, broken;
};

/// Not thread-safe; callbacks hold its address.
class Demuxer {
 public:
  Demuxer(const Demuxer&) = delete;
  Demuxer& operator=(const Demuxer&) = delete;

  /// The next packet of the stream `only` (all others are passed over); false at the end. Damage in the
  /// middle is passed over as far as the demuxer can, and told by damaged().
  Result<bool> read(const CallContext& ctx, AVPacket* packet, int only);
  /// To the last keyframe at or before `timestamp` of `stream`; false when the container cannot.
  bool seek(const CallContext& ctx, int stream, std::int64_t timestamp);

  AVFormatContext* format() const noexcept { return format_; }
  /// Seconds that the container's clock shows at its start.
  double start() const noexcept;
  /// Whether the container itself was damaged so far.
  bool damaged() const noexcept { return damaged_; }

 protected:
  /// Reads `bytes`, or the file `path` when there are none.
  Demuxer(const ContainerRule& rule, std::string path, std::shared_ptr<const std::string> bytes = nullptr)
      : rule_(rule), path_(std::move(path)), bytes_(std::move(bytes)) {}
  ~Demuxer();

  /// Opens the libraries and the file. Errors: not_built_in, fetch_failed, unsupported_media.
  Status open_source();
  /// Opens the container and its streams. Errors: unsupported_media, corrupt_media, overloaded.
  Status probe(const CallContext& ctx);
  /// Of the file when it was opened, or of the bytes.
  std::int64_t size() const noexcept { return size_; }

 private:
  Error refused(const CallContext& ctx, int error) const;
  static int read_bytes(void* self, std::uint8_t* buffer, int size) noexcept;
  static std::int64_t seek_bytes(void* self, std::int64_t offset, int whence) noexcept;
  static int over(void* self) noexcept;

  const ContainerRule& rule_;
  std::string path_;
  std::shared_ptr<const std::string> bytes_;
  int file_ = -1;
  std::int64_t at_ = 0, size_ = 0;
  const CallContext* ctx_ = nullptr;  ///< of the call that runs
  AVIOContext* io_ = nullptr;
  AVFormatContext* format_ = nullptr;
  bool damaged_ = false;
};

}  // namespace sensorium::media::ffmpeg
