// SoundStream: the sound of any recording or film as 16 kHz mono floats, in memory that does not grow with
// length. Surprising: sample n stands for time n / 16000 s of the recording, exactly: holes in the container
// and a track that begins late become silence, so that times of words need no correction afterwards.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/call_context.h"

namespace sensorium::media {

inline constexpr std::int64_t sound_rate = 16'000;  ///< samples per second, what speech models hear

/// Where a recording is: a file, or its bytes (then `path` is only its name for messages).
struct SoundSource {
  std::string path;
  std::shared_ptr<const std::string> bytes;
};

struct SoundTrack {
  std::string codec;     ///< "aac"
  std::string language;  ///< "eng" as the container says, or ""
  int channels = 0;
  int rate = 0;  ///< Hz, as recorded
};

struct SoundFacts {
  double duration = 0;  ///< seconds; 0: the container does not say
  std::string container;
  std::vector<SoundTrack> tracks;  ///< at least one
};

struct SoundOptions {
  int track = -1;  ///< counted from 0; -1: the best one
  double max_seconds = 24 * 3600;
};

/// Blocking: belongs on a pool thread. Not thread-safe, movable between threads through its pointer.
class SoundStream {
 public:
  virtual ~SoundStream() = default;
  virtual const SoundFacts& facts() const noexcept = 0;
  /// Fills `out` from the front and returns how many samples; 0 at the end. Damage inside is passed over;
  /// told by damaged(). Errors: cancelled, deadline_exceeded, too_large (longer than max_seconds).
  virtual Result<std::size_t> read(const CallContext& ctx, std::span<float> out) = 0;
  /// Whether something could not be decoded so far.
  virtual bool damaged() const noexcept = 0;
};

/// Opens the container and the track's decoder. Blocking. Errors: fetch_failed (no such file),
/// unsupported_media (a picture, text, no sound track), corrupt_media, invalid_request (no such track),
/// not_built_in (no FFmpeg).
Result<std::unique_ptr<SoundStream>> open_sound(const CallContext& ctx, SoundSource source,
                                                const SoundOptions& options = {});

}  // namespace sensorium::media
