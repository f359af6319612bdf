// GopDecoder: decodes what a unit's plan needs and measures what comes out.
#pragma once

#include "media/ffmpeg/api.h"
#include "media/ffmpeg/unit.h"

namespace sensorium::media::ffmpeg {

class GopDecoder final : public FrameDecoder {
 public:
  GopDecoder(Codec codec, StreamFacts stream, Measure measure)
      : codec_(std::move(codec)), stream_(stream), measure_(measure), frame_(make_frame()) {}

  void start(std::unique_ptr<FrameUnit> unit) override;
  Result<bool> step(const CallContext& ctx, Milliseconds slice, std::vector<VideoFrame>& out) override;
  std::int64_t decoded() const noexcept override { return decoded_; }

 private:
  enum class Fed : std::uint8_t { more, drained, part_done };
  Fed feed();
  Status take_frame(const CallContext& ctx, std::vector<VideoFrame>& out);
  std::optional<Unit::Wanted> match(const AVFrame& frame);
  std::optional<Unit::Wanted> match_planned(const AVFrame& frame);
  bool all_found() const noexcept;
  void end_unit();
  Result<VideoFrame> measured(const CallContext& ctx, const Unit::Wanted& wanted);

  Codec codec_;
  StreamFacts stream_;
  Measure measure_;
  Frame frame_;
  std::unique_ptr<Unit> unit_;
  std::deque<double> times_;  ///< still wanted, of units without a plan
  std::int64_t shown_ = 0;    ///< frames that came out of units without a plan
  std::size_t found_ = 0;
  std::int64_t decoded_ = 0;
  bool draining_ = false;
};

}  // namespace sensorium::media::ffmpeg
