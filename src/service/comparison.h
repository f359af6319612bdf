// sensorium.comparison/1: pictures against each other, measured and in words.
#pragma once

#include "service/question.h"

namespace sensorium::service {

/// The first picture against one other.
struct Measured {
  struct Box {
    int x = 0, y = 0, width = 0, height = 0;  ///< px of the first picture
  };
  bool equal = false;      ///< same size, no pixel changed by more than the tolerance
  double ssim = 0;         ///< 1 for equal luma
  double changed = 0;      ///< share of pixels
  int phash_distance = 0;  ///< bits of 64
  std::vector<Box> regions;
};

struct Comparison {
  Answer answer;  ///< of the model; of --only pixels: id, pictures, times and warnings
  std::vector<std::string> similarities, differences;
  std::optional<std::string> recommendation;
  std::vector<Measured> measured;  ///< the second picture, then any more; empty for --only words
  /// Whether something differs: by measure where there is one, else in words.
  bool differs() const noexcept;
};

}  // namespace sensorium::service
