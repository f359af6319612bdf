// Packets of sound to 16 kHz mono floats on the recording's own clock.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "media/ffmpeg/sound_input.h"

namespace sensorium::media {
namespace ffmpeg {
namespace {

constexpr std::int64_t hole_samples = sound_rate / 10;  // shorter ones are rounding of container clocks

bool same_shape(const AVFrame& frame, int rate, int format, const AVChannelLayout& layout) {
  if (frame.sample_rate != rate || frame.format != format) return false;
  if (frame.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC)
    return frame.ch_layout.nb_channels == layout.nb_channels;
  return opened().av_channel_layout_compare(&frame.ch_layout, &layout) == 0;
}

/// Resamples frames; makes its resampler anew when a recording changes its shape in the middle.
class Resampler {
 public:
  ~Resampler() { opened().av_channel_layout_uninit(&layout_); }
  Resampler() = default;
  Resampler(const Resampler&) = delete;
  Resampler& operator=(const Resampler&) = delete;

  /// What is left inside.
  Status drain(std::vector<float>& out) {
    std::size_t before = 0;
    do {
      before = out.size();
      SN_TRY(convert(nullptr, out));
    } while (out.size() > before);
    return {};
  }

  /// Appends to `out`; a null frame gives some of what is left inside.
  Status convert(const AVFrame* frame, std::vector<float>& out) {
    if (frame && !(swr_ && same_shape(*frame, rate_, format_, layout_))) SN_TRY(open(*frame));
    if (!swr_) return {};
    const std::int64_t in = frame ? frame->nb_samples : 0;
    const auto room = static_cast<int>(in * sound_rate / rate_ + sound_rate / 50);
    const std::size_t before = out.size();
    out.resize(before + static_cast<std::size_t>(room));
    auto* target = reinterpret_cast<std::uint8_t*>(out.data() + before);
    const int made = opened().swr_convert(
        swr_.get(), &target, room, frame ? const_cast<const std::uint8_t**>(frame->extended_data) : nullptr,
        static_cast<int>(in));
    out.resize(before + static_cast<std::size_t>(std::max(made, 0)));
    for (auto sample = out.begin() + static_cast<std::ptrdiff_t>(before); sample != out.end(); ++sample)
      *sample = std::isfinite(*sample) ? std::clamp(*sample, -1.0F, 1.0F) : 0.0F;
    return {};
  }

 private:
  Status open(const AVFrame& frame) {
    const Api& ff = opened();
    rate_ = frame.sample_rate;
    format_ = frame.format;
    ff.av_channel_layout_uninit(&layout_);
    // Files that do not name their channels get the usual meaning of that number.
    if (frame.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC)
      ff.av_channel_layout_default(&layout_, frame.ch_layout.nb_channels);
    else ff.av_channel_layout_copy(&layout_, &frame.ch_layout);
    AVChannelLayout mono{};
    ff.av_channel_layout_default(&mono, 1);
    SwrContext* made = nullptr;
    const int error =
        ff.swr_alloc_set_opts2(&made, &mono, AV_SAMPLE_FMT_FLT, static_cast<int>(sound_rate), &layout_,
                               static_cast<AVSampleFormat>(format_), rate_, 0, nullptr);
    swr_.reset(made);
    if (rate_ <= 0 || error < 0 || ff.swr_init(made) < 0) {
      swr_.reset();
      return Error(
          Code::unsupported_media,
          fmt::format("Sound of {} channels at {} Hz cannot be converted", layout_.nb_channels, rate_),
          "Convert it first: ffmpeg -i FILE -ac 1 -ar 16000 NEW.wav");
    }
    return {};
  }

  SoundConverter swr_;
  AVChannelLayout layout_{};
  int rate_ = 0, format_ = -1;
};

class Decoder final : public SoundStream {
 public:
  Decoder(std::unique_ptr<SoundInput> input, const SoundOptions& options)
      : input_(std::move(input)), options_(options) {}

  Status open() {
    const Api& ff = opened();
    const AVCodecParameters& parameters = *input_->stream()->codecpar;
    const AVCodec* codec = ff.avcodec_find_decoder(parameters.codec_id);
    if (!codec)
      return Error(Code::unsupported_media,
                   fmt::format("Sound in {} cannot be decoded", ff.avcodec_get_name(parameters.codec_id)),
                   "Convert it first: ffmpeg -i FILE NEW.flac");
    codec_.reset(ff.avcodec_alloc_context3(codec));
    packet_ = make_packet();
    frame_ = make_frame();
    if (!codec_ || !packet_ || !frame_) return Error(Code::overloaded, "There is no memory to decode sound");
    ff.avcodec_parameters_to_context(codec_.get(), &parameters);
    codec_->pkt_timebase = input_->stream()->time_base;
    codec_->thread_count = 1;
    if (const int error = ff.avcodec_open2(codec_.get(), codec, nullptr); error < 0)
      return Error(Code::corrupt_media,
                   fmt::format("The sound track could not be opened ({})", reason(error)),
                   "Check that it plays, or write it again: ffmpeg -i FILE NEW.flac");
    return {};
  }

  const SoundFacts& facts() const noexcept override { return input_->facts(); }
  bool damaged() const noexcept override { return damaged_ || input_->damaged(); }

  Result<std::size_t> read(const CallContext& ctx, std::span<float> out) override {
    std::size_t filled = 0;
    while (filled < out.size()) {
      if (taken_ == ready_.size() && silence_ == 0) {
        if (ended_) break;
        SN_TRY(refill(ctx));
        continue;
      }
      filled += take(out.subspan(filled));
    }
    SN_TRY(ctx.check());
    if (static_cast<double>(given_) > options_.max_seconds * static_cast<double>(sound_rate))
      return Error(Code::too_large,
                   fmt::format("The recording is longer than {} hours", options_.max_seconds / 3600),
                   "Cut it into parts: ffmpeg -i FILE -f segment -segment_time 36000 -c copy PART%d.m4a");
    return filled;
  }

 private:
  std::size_t take(std::span<float> out) {
    std::size_t count = 0;
    if (silence_ > 0) {
      count = std::min(out.size(), static_cast<std::size_t>(silence_));
      std::fill_n(out.begin(), count, 0.0F);
      silence_ -= static_cast<std::int64_t>(count);
    } else {
      count = std::min(out.size(), ready_.size() - taken_);
      std::copy_n(ready_.begin() + static_cast<std::ptrdiff_t>(taken_), count, out.begin());
      taken_ += count;
    }
    given_ += static_cast<std::int64_t>(count);
    return count;
  }

  /// Decodes until there is something to give, or the end.
  Status refill(const CallContext& ctx) {
    ready_.clear();
    taken_ = 0;
    while (ready_.empty() && silence_ == 0 && !ended_) {
      const int error = opened().avcodec_receive_frame(codec_.get(), frame_.get());
      if (error == 0) {
        SN_TRY(add_frame());
      } else if (error == AVERROR_EOF) {
        ended_ = true;
        SN_TRY(resampler_.drain(ready_));
      } else if (error == AVERROR(EAGAIN)) {
        SN_TRY(send(ctx));
      } else {
        damaged_ = true;
        if (++failures_ > most_failures) ended_ = true;
      }
    }
    return {};
  }

  Status add_frame() {
    failures_ = 0;
    wait_for_clock();
    auto status = resampler_.convert(frame_.get(), ready_);
    opened().av_frame_unref(frame_.get());
    produced_ += static_cast<std::int64_t>(ready_.size()) + silence_;
    return status;
  }

  /// A hole before this frame becomes silence.
  void wait_for_clock() {
    const std::int64_t pts = frame_->best_effort_timestamp;
    if (pts == AV_NOPTS_VALUE) return;
    const AVRational base = input_->stream()->time_base;
    const double seconds = static_cast<double>(pts) * base.num / base.den - input_->start();
    const auto at = static_cast<std::int64_t>(std::llround(seconds * static_cast<double>(sound_rate)));
    const std::int64_t limit = static_cast<std::int64_t>(options_.max_seconds) * sound_rate;
    if (at - produced_ > hole_samples && at < limit) silence_ = at - produced_;
  }

  Status send(const CallContext& ctx) {
    const Api& ff = opened();
    if (draining_) {
      ended_ = true;
      return {};
    }
    if (!SN_TRY(input_->read(ctx, packet_.get()))) {
      draining_ = true;
      ff.avcodec_send_packet(codec_.get(), nullptr);
      return {};
    }
    if (ff.avcodec_send_packet(codec_.get(), packet_.get()) < 0) damaged_ = true;
    ff.av_packet_unref(packet_.get());
    return {};
  }

  static constexpr int most_failures = 1000;
  std::unique_ptr<SoundInput> input_;
  SoundOptions options_;
  Codec codec_;
  Packet packet_;
  Frame frame_;
  Resampler resampler_;
  std::vector<float> ready_;
  std::size_t taken_ = 0;
  std::int64_t silence_ = 0, produced_ = 0, given_ = 0;
  int failures_ = 0;
  bool ended_ = false, draining_ = false, damaged_ = false;
};

}  // namespace
}  // namespace ffmpeg

Result<std::unique_ptr<SoundStream>> open_sound(const CallContext& ctx, SoundSource source,
                                                const SoundOptions& options) {
  auto input = SN_TRY(ffmpeg::SoundInput::open(ctx, std::move(source), options.track));
  auto decoder = std::make_unique<ffmpeg::Decoder>(std::move(input), options);
  SN_TRY(decoder->open());
  return std::unique_ptr<SoundStream>(std::move(decoder));
}

}  // namespace sensorium::media
