// Speech by energy: what is well above the noise floor and wavers as syllables do.
#include <algorithm>
#include <array>
#include <cmath>

#include "media/speech_detector.h"

namespace sensorium::media {
namespace {

constexpr float quietest = -70;         // dB of full scale; below, nothing is speech
constexpr float floor_rise = 0.02F;     // dB per frame at which the floor follows upwards: 0.6 dB a second
constexpr float half_way = 9;           // dB above the floor that are as likely speech as not
constexpr float steepness = 0.6F;       // per dB
constexpr std::size_t remembered = 32;  // frames: one second
constexpr float steady = 1.5F;          // dB of deviation in a second; speech wavers by 6 and more

class EnergyDetector final : public SpeechDetector {
 public:
  std::string_view name() const noexcept override { return "energy"; }

  float probability(std::span<const float, detector_frame> frame) override {
    const float level = band_level(frame);
    floor_ = first_ ? level : std::min(level, floor_ + floor_rise);
    first_ = false;
    recent_[next_++ % remembered] = level;
    if (level < quietest) return 0;
    const float above = 1 / (1 + std::exp(-steepness * (level - floor_ - half_way)));
    return next_ >= remembered && deviation() < steady ? above * 0.3F : above;
  }

 private:
  /// dB of what lies between about 200 and 4000 Hz: a high pass and a low pass of one pole each.
  float band_level(std::span<const float, detector_frame> frame) {
    double sum = 0;
    for (const float sample : frame) {
      low_ += 0.075F * (sample - low_);  // 200 Hz
      band_ += 0.8F * ((sample - low_) - band_);
      sum += static_cast<double>(band_) * static_cast<double>(band_);
    }
    return 10 * std::log10(static_cast<float>(sum / static_cast<double>(frame.size())) + 1e-12F);
  }

  float deviation() const {
    float mean = 0, sum = 0;
    for (const float level : recent_) mean += level / remembered;
    for (const float level : recent_) sum += (level - mean) * (level - mean) / remembered;
    return std::sqrt(sum);
  }

  float low_ = 0, band_ = 0, floor_ = 0;
  bool first_ = true;
  std::size_t next_ = 0;
  std::array<float, remembered> recent_{};
};

}  // namespace

std::unique_ptr<SpeechDetector> make_energy_detector() { return std::make_unique<EnergyDetector>(); }

}  // namespace sensorium::media
