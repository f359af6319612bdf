// Written after scenedetect/detector.py (FlashFilter, mode MERGE) and detectors/adaptive_detector.py.
#include "media/shot_detector.h"

#include <algorithm>

namespace sensorium::media {
namespace {

class Content final : public ShotDetector {
 public:
  explicit Content(const ContentRule& rule) : rule_(rule) {}

  std::optional<std::int64_t> add(std::int64_t number, double score) override {
    const bool above = score >= rule_.threshold;
    if (!last_above_) last_above_ = number;
    const bool long_enough = number - *last_above_ >= rule_.min_scene;
    if (above) last_above_ = number;
    if (merge_start_) return end_of_merge(long_enough && !above);
    if (!above) return std::nullopt;
    if (long_enough) {
      may_merge_ = true;
      return number;
    }
    if (may_merge_) merge_start_ = number;
    return std::nullopt;
  }

 private:
  std::optional<std::int64_t> end_of_merge(bool calm) {
    if (!calm || *last_above_ - *merge_start_ < rule_.min_scene) return std::nullopt;
    merge_start_.reset();
    return last_above_;
  }

  ContentRule rule_;
  std::optional<std::int64_t> last_above_, merge_start_;
  bool may_merge_ = false;
};

class Adaptive final : public ShotDetector {
 public:
  explicit Adaptive(const AdaptiveRule& rule) : rule_(rule) {}

  std::optional<std::int64_t> add(std::int64_t number, double score) override {
    if (!last_cut_) last_cut_ = number;
    recent_.push_back({number, score});
    const std::size_t needed = 1 + 2 * rule_.window;
    if (recent_.size() > needed) recent_.pop_front();
    if (recent_.size() < needed) return std::nullopt;
    const auto& target = recent_[rule_.window];
    const bool cut = ratio(target.score) >= rule_.ratio && target.score >= rule_.min_content;
    if (!cut || number - *last_cut_ < rule_.min_scene) return std::nullopt;
    last_cut_ = target.number;
    return target.number;
  }

 private:
  struct Scored {
    std::int64_t number;
    double score;
  };
  double ratio(double score) const {
    constexpr double most = 255, nothing = 1e-5;
    double sum = -score;
    for (const auto& each : recent_) sum += each.score;
    const double mean = sum / static_cast<double>(2 * rule_.window);
    if (mean < nothing) return score >= rule_.min_content ? most : 0;
    return std::min(score / mean, most);
  }

  AdaptiveRule rule_;
  std::deque<Scored> recent_;
  std::optional<std::int64_t> last_cut_;
};

}  // namespace

std::unique_ptr<ShotDetector> content_detector(const ContentRule& rule) {
  return std::make_unique<Content>(rule);
}
std::unique_ptr<ShotDetector> adaptive_detector(const AdaptiveRule& rule) {
  return std::make_unique<Adaptive>(rule);
}

}  // namespace sensorium::media
