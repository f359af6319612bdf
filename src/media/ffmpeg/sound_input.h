// SoundInput: the container of a recording, read through our own file access, and the packets of one track.
// Surprising: only containers that hold their own data are opened; playlists and scripts (HLS, concat) could
// name other files and hosts.
#pragma once

#include "media/ffmpeg/api.h"
#include "media/sound.h"

namespace sensorium::media::ffmpeg {

/// Not thread-safe.
class SoundInput {
 public:
  /// Errors as open_sound().
  static Result<std::unique_ptr<SoundInput>> open(const CallContext& ctx, SoundSource source, int track);
  SoundInput(const SoundInput&) = delete;
  SoundInput& operator=(const SoundInput&) = delete;
  ~SoundInput();

  /// The next packet of the track; false at the end. Damage is passed over as far as the demuxer can.
  Result<bool> read(const CallContext& ctx, AVPacket* packet);
  AVStream* stream() const noexcept { return format_->streams[index_]; }
  const SoundFacts& facts() const noexcept { return facts_; }
  /// What the container's clock shows at the recording's start, in AV_TIME_BASE.
  std::int64_t start() const noexcept;
  bool damaged() const noexcept { return damaged_; }

 private:
  explicit SoundInput(SoundSource source) : source_(std::move(source)) {}
  Status open_source();
  Status probe(const CallContext& ctx);
  Status choose(int track);
  void collect(std::vector<int>& indices);
  static int read_bytes(void* self, std::uint8_t* buffer, int size) noexcept;
  static std::int64_t seek_bytes(void* self, std::int64_t offset, int whence) noexcept;
  static int over(void* self) noexcept;

  SoundSource source_;
  int file_ = -1;
  std::int64_t at_ = 0, size_ = 0;
  const CallContext* ctx_ = nullptr;  ///< of the call that runs
  AVIOContext* io_ = nullptr;
  AVFormatContext* format_ = nullptr;
  int index_ = -1;
  bool damaged_ = false;
  SoundFacts facts_;
};

}  // namespace sensorium::media::ffmpeg
