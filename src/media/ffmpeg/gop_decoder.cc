// Packets to frames. A damaged packet costs its picture, not the film.
#include "media/ffmpeg/gop_decoder.h"

#include <algorithm>
#include <cmath>

#include "media/compare.h"
#include "media/content_score.h"
#include "media/ffmpeg/frame_pixels.h"

namespace sensorium::media::ffmpeg {
namespace {

/// Luma of a frame whose format has no luma plane, from a small RGB picture.
Result<LumaFacts> measure_rgb(const AVFrame& frame, int rotation) {
  constexpr int small_side = 256;
  const Size size = frame_size({frame.width, frame.height}, small_side);
  Raster raster = SN_TRY(scaled_rgb(frame, size, SWS_AREA));
  const std::vector<std::uint8_t> grey = luma({raster.size, std::move(raster.bytes)});
  return measure_luma({grey.data(), size.width, size, 8, 0, true, rotation});
}

}  // namespace

void GopDecoder::start(std::unique_ptr<FrameUnit> unit) {
  unit_.reset(static_cast<Unit*>(unit.release()));
  if (!unit_->continued) {
    times_.clear();
    shown_ = unit_->first_number;
  }
  times_.insert(times_.end(), unit_->times.begin(), unit_->times.end());
  found_ = 0;
  draining_ = false;
}

bool GopDecoder::all_found() const noexcept { return unit_->planned && found_ >= unit_->wanted.size(); }

void GopDecoder::end_unit() {
  const bool flush = unit_->planned || unit_->ends;
  unit_.reset();
  if (flush) opened().avcodec_flush_buffers(codec_.get());
}

GopDecoder::Fed GopDecoder::feed() {
  auto& packets = unit_->packets;
  while (!packets.empty() && packets.front().skip) packets.pop_front();
  if (packets.empty()) {
    if (!unit_->ends) return Fed::part_done;
    if (draining_) return Fed::drained;
    draining_ = true;
    opened().avcodec_send_packet(codec_.get(), nullptr);
    return Fed::more;
  }
  UnitPacket packet = std::move(packets.front());
  packets.pop_front();
  const bool needed = packet.wanted || !unit_->planned || !stream_.skips_nonref;
  codec_->skip_frame = needed ? AVDISCARD_DEFAULT : AVDISCARD_NONREF;
  // What a damaged packet says is of no use: the pictures around it still come.
  opened().avcodec_send_packet(codec_.get(), packet.packet.get());
  return Fed::more;
}

Result<bool> GopDecoder::step(const CallContext& ctx, Milliseconds slice, std::vector<VideoFrame>& out) {
  if (!unit_) return false;
  const TimePoint end = SteadyClock::now() + slice;
  while (out.empty() && SteadyClock::now() < end) {
    SN_TRY(ctx.check());
    if (all_found()) return end_unit(), false;
    const int error = opened().avcodec_receive_frame(codec_.get(), frame_.get());
    if (error >= 0) {
      ++decoded_;
      SN_TRY(take_frame(ctx, out));
      continue;
    }
    if (draining_ && error != AVERROR(EAGAIN)) return end_unit(), false;
    switch (feed()) {
      case Fed::more:
        break;
      case Fed::part_done:
      case Fed::drained:
        return end_unit(), false;
    }
  }
  if (all_found()) return end_unit(), false;
  return true;
}

std::optional<Unit::Wanted> GopDecoder::match_planned(const AVFrame& frame) {
  for (auto& wanted : unit_->wanted) {
    if (wanted.pts != frame.pts && wanted.pts != frame.best_effort_timestamp) continue;
    if (wanted.pts == AV_NOPTS_VALUE) continue;
    ++found_;
    const Unit::Wanted hit = wanted;
    wanted.pts = AV_NOPTS_VALUE;
    return hit;
  }
  return std::nullopt;
}

std::optional<Unit::Wanted> GopDecoder::match(const AVFrame& frame) {
  if (unit_->planned) return match_planned(frame);
  const std::int64_t pts = frame.best_effort_timestamp;
  const double time = pts != AV_NOPTS_VALUE && !unit_->counted ? stream_.seconds(pts)
                                                               : static_cast<double>(shown_) / stream_.fps;
  ++shown_;
  const Unit::Wanted here{AV_NOPTS_VALUE, time, frame.key_frame != 0};
  if (unit_->keys_only && !here.key) return std::nullopt;
  if (unit_->all) return here;
  bool hit = false;
  for (const double half = 0.5 / stream_.fps; !times_.empty() && times_.front() <= time + half; hit = true)
    times_.pop_front();
  return hit ? std::optional(here) : std::nullopt;
}

Status GopDecoder::take_frame(const CallContext& ctx, std::vector<VideoFrame>& out) {
  if (const auto wanted = match(*frame_); wanted) out.push_back(SN_TRY(measured(ctx, *wanted)));
  opened().av_frame_unref(frame_.get());
  return {};
}

Result<VideoFrame> GopDecoder::measured(const CallContext& ctx, const Unit::Wanted& wanted) {
  VideoFrame out;
  out.time = wanted.time;
  out.keyframe = wanted.key;
  SN_TRY(ctx.check());
  if (measure_ == Measure::content) {
    const Size size = content_size({frame_->width, frame_->height});
    const Raster raster = SN_TRY(scaled_rgb(*frame_, size, SWS_FAST_BILINEAR));
    out.hsv = std::make_shared<const HsvImage>(to_hsv(raster.bytes.data(), size));
    return out;
  }
  const auto plane = luma_plane(*frame_, stream_.rotation);
  out.luma = plane ? measure_luma(*plane) : SN_TRY(measure_rgb(*frame_, stream_.rotation));
  Frame kept(opened().av_frame_clone(frame_.get()));
  if (!kept) return Error(Code::overloaded, "There is no memory for a frame of the film");
  out.pixels = std::make_shared<const DecodedPixels>(std::move(kept), stream_.rotation);
  return out;
}

}  // namespace sensorium::media::ffmpeg
