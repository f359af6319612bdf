// Cuts from the content scores of all frames, equal to PySceneDetect's ContentDetector and AdaptiveDetector
// (version 0.7, library defaults). Surprising: lengths count frames, as there.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace sensorium::media {

/// Fed with every frame's score in order; not thread-safe.
class ShotDetector {
 public:
  virtual ~ShotDetector() = default;
  /// `score` of frame `number` against the one before (0 for the first). The frame at which a shot begins,
  /// when this call decides one; it may lie a few frames back.
  virtual std::optional<std::int64_t> add(std::int64_t number, double score) = 0;
};

struct ContentRule {
  double threshold = 27;
  std::int64_t min_scene = 15;  ///< frames; flashes shorter than this are merged
};
struct AdaptiveRule {
  double ratio = 3;
  double min_content = 15;
  std::size_t window = 2;  ///< frames on either side that make the average
  std::int64_t min_scene = 15;
};

std::unique_ptr<ShotDetector> content_detector(const ContentRule& rule);
std::unique_ptr<ShotDetector> adaptive_detector(const AdaptiveRule& rule);

}  // namespace sensorium::media
