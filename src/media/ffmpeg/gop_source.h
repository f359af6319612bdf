// GopSource: reads a film group by group and plans each from its packets, before anything is decoded.
#pragma once

#include "media/ffmpeg/input.h"
#include "media/ffmpeg/unit.h"
#include "media/sample_plan.h"

namespace sensorium::media::ffmpeg {

class GopSource final : public FrameSource {
 public:
  GopSource(std::unique_ptr<Input> input, VideoFacts facts, StreamFacts stream, VideoLimits limits,
            SampleRule rule)
      : input_(std::move(input)),
        facts_(std::move(facts)),
        stream_(stream),
        limits_(limits),
        plan_(std::move(rule)) {}

  const VideoFacts& facts() const noexcept override { return facts_; }
  Result<std::unique_ptr<FrameUnit>> next(const CallContext& ctx) override;
  std::vector<std::string> warnings() const override;

 private:
  Result<Packet> read(const CallContext& ctx);
  Result<std::unique_ptr<Unit>> read_unit(const CallContext& ctx);
  Result<UnitPacket> pull(const CallContext& ctx);
  Status read_leading(const CallContext& ctx, Unit& unit, UnitPacket key);
  void plan(Unit& unit, double end);
  void plan_without_times(Unit& unit);
  void jump(const CallContext& ctx);
  bool at_end() const noexcept { return ended_ && ahead_.empty(); }
  double time_of(const AVPacket& packet) const noexcept;

  std::unique_ptr<Input> input_;
  VideoFacts facts_;
  StreamFacts stream_;
  VideoLimits limits_;
  SamplePlan plan_;
  std::deque<UnitPacket> ahead_;  ///< read already, of the next unit
  bool ended_ = false;
  bool open_ = false;       ///< the last unit was cut in the middle of its group
  bool unplanned_ = false;  ///< a unit without times was given out
  bool no_times_ = false;   ///< a packet without a presentation time was met
  std::int64_t walked_ = 0, frames_ = 0, damaged_ = 0;
  double latest_ = 0;
};

}  // namespace sensorium::media::ffmpeg
