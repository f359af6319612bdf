// SoundInput: the container of a recording, and one of its sound tracks.
#pragma once

#include "media/ffmpeg/demuxer.h"
#include "media/sound.h"

namespace sensorium::media::ffmpeg {

/// Not thread-safe.
class SoundInput final : public Demuxer {
 public:
  /// Errors as open_sound().
  static Result<std::unique_ptr<SoundInput>> open(const CallContext& ctx, SoundSource source, int track);

  /// The next packet of the track; false at the end.
  Result<bool> read(const CallContext& ctx, AVPacket* packet) { return Demuxer::read(ctx, packet, index_); }
  AVStream* stream() const noexcept { return format()->streams[index_]; }
  const SoundFacts& facts() const noexcept { return facts_; }

 private:
  explicit SoundInput(SoundSource source);
  Status choose(int track);
  void collect(std::vector<int>& indices);

  int index_ = -1;
  SoundFacts facts_;
};

}  // namespace sensorium::media::ffmpeg
