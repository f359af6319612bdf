// SpeechDetector: how likely each 32 ms of sound are speech.
// Surprising: the Silero network runs in plain code of our own (a hundred lines and 1.2 MB of weights),
// because a graph library costs more per frame than the network itself.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "media/sound.h"

namespace sensorium::media {

inline constexpr std::size_t detector_frame = 512;  ///< samples

/// Has memory of what it heard before; one per recording. Not thread-safe.
class SpeechDetector {
 public:
  virtual ~SpeechDetector() = default;
  /// For the next frame of the recording, 0 to 1.
  virtual float probability(std::span<const float, detector_frame> frame) = 0;
  virtual std::string_view name() const noexcept = 0;
};

/// The weights of Silero VAD 6 for 16 kHz, shared by all recordings.
class SileroWeights;
/// Reads silero_vad_16k.safetensors as its authors publish it. Blocking.
/// Errors: not_found, misconfigured (another file).
Result<std::shared_ptr<const SileroWeights>> load_silero(const std::string& path);
std::unique_ptr<SpeechDetector> make_silero(std::shared_ptr<const SileroWeights> weights);

/// Without weights: energy in the speech band above a noise floor that follows the recording, and its
/// wavering. Finds pauses well, but takes loud music for speech.
std::unique_ptr<SpeechDetector> make_energy_detector();

}  // namespace sensorium::media
