// Planning: which packets of a group of pictures must be decoded for the wanted times. No decoder, no file:
// only the facts of packets, so that every odd order of time stamps can be tested.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "media/frame_stream.h"

namespace sensorium::media {

/// In Mode::keyframes: packets of a group behind this one are never wanted. Encoders place no keyframe within
/// a shortest distance (x264: 25 frames) of the last one; behind that they do, and large packets there are
/// motion.
constexpr std::size_t last_hidden_cut = 30;

/// A packet in decoding order.
struct PacketFacts {
  double time = 0;  ///< presentation time, seconds
  std::int64_t bytes = 0;
  bool key = false;
  bool hidden = false;  ///< decoded but not shown (edit lists)
};

/// Keeps its place in the wanted times from unit to unit.
class SamplePlan {
 public:
  explicit SamplePlan(SampleRule rule) : rule_(std::move(rule)) {}

  /// Indices into `packets`, ascending, of the frames wanted from this unit. `end`: when the next unit's
  /// first frame is shown; infinity for the last unit. Packets shown before the unit's keyframe belong to the
  /// unit before, except in the first one.
  std::vector<std::size_t> choose(std::span<const PacketFacts> packets, double end, double tick);
  /// The wanted times before `end`, for units whose packets say no times: judged as frames come out.
  std::vector<double> take_times(double end);

  /// No more frames are wanted at or after `time`.
  bool over(double time) const noexcept;
  /// The next wanted time, for jumping; none when all frames up to there are needed anyway.
  std::optional<double> next_time() const noexcept;
  const SampleRule& rule() const noexcept { return rule_; }

 private:
  std::optional<double> target() const noexcept;
  void choose_keys(std::span<const PacketFacts> packets, std::vector<std::size_t>& out) const;
  void choose_times(std::span<const PacketFacts> packets, double end, double tick,
                    std::vector<std::size_t>& out);
  bool inside(double time) const noexcept;

  SampleRule rule_;
  std::int64_t next_ = 0;  ///< of the wanted times
  bool first_ = true;
};

}  // namespace sensorium::media
