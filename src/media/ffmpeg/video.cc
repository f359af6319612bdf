// Opening films: facts from the container, sources and decoders on demand.
#include <fmt/format.h>

#include <cmath>

#include "media/ffmpeg/gop_decoder.h"
#include "media/ffmpeg/gop_source.h"

namespace sensorium::media {
namespace ffmpeg {
namespace {

constexpr double assumed_fps = 25;

double rate(AVRational r) { return r.num > 0 && r.den > 0 ? static_cast<double>(r.num) / r.den : 0; }

int rotation_of(AVStream& stream) {
  const auto* bytes = opened().av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, nullptr);
  if (!bytes) return 0;
  // The matrix is 16.16 fixed point; a, b, c, d of a quarter turn are 0 or one.
  const auto* matrix = reinterpret_cast<const std::int32_t*>(bytes);
  const double degrees =
      -std::atan2(static_cast<double>(matrix[1]), static_cast<double>(matrix[0])) * 180 / std::numbers::pi;
  const int quarter = static_cast<int>(std::lround(-degrees / 90)) & 3;
  return quarter * 90;
}

Size shown_size(Input& input, AVStream& stream, int rotation) {
  const AVCodecParameters& codec = *stream.codecpar;
  Size size{codec.width, codec.height};
  const double shape = rate(opened().av_guess_sample_aspect_ratio(input.format(), &stream, nullptr));
  constexpr double oddest = 16;
  if (shape > 1 && shape < oddest) size.width = static_cast<int>(std::lround(size.width * shape));
  else if (shape > 1 / oddest && shape < 1) size.height = static_cast<int>(std::lround(size.height / shape));
  return rotation % 180 == 0 ? size : Size{size.height, size.width};
}

double duration_of(Input& input, AVStream& stream) {
  if (stream.duration != AV_NOPTS_VALUE && stream.duration > 0)
    return static_cast<double>(stream.duration) * rate(stream.time_base);
  const std::int64_t whole = input.format()->duration;
  return whole != AV_NOPTS_VALUE && whole > 0 ? static_cast<double>(whole) / AV_TIME_BASE : 0;
}

/// Codecs where "nothing refers to it" is in the bitstream. HEVC means only pictures of its layer by it.
bool skips_nonref(AVCodecID codec) {
  return codec == AV_CODEC_ID_H264 || codec == AV_CODEC_ID_MPEG2VIDEO || codec == AV_CODEC_ID_MPEG1VIDEO;
}

class VideoFile final : public Video {
 public:
  VideoFile(std::string path, VideoFacts facts, StreamFacts stream, Parameters codec, AVRational tick,
            VideoLimits limits)
      : path_(std::move(path)),
        facts_(std::move(facts)),
        stream_(stream),
        codec_(std::move(codec)),
        tick_(tick),
        limits_(limits) {}

  const VideoFacts& facts() const noexcept override { return facts_; }

  Result<std::unique_ptr<FrameSource>> source(const CallContext& ctx, SampleRule rule) const override {
    auto input = SN_TRY(Input::open(ctx, path_));
    if (input->video() < 0) return Error(Code::corrupt_media, "The film changed while it was read");
    return std::unique_ptr<FrameSource>(
        std::make_unique<GopSource>(std::move(input), facts_, stream_, limits_, std::move(rule)));
  }

  Result<std::unique_ptr<FrameDecoder>> decoder(Measure measure) const override {
    Codec codec = open_decoder(*codec_, tick_, limits_.max_pixels);
    if (!codec)
      return Error(Code::unsupported_media, fmt::format("There is no decoder for {}", facts_.codec),
                   "Write the film again as H.264: ffmpeg -i FILE NEW.mp4.");
    return std::unique_ptr<FrameDecoder>(std::make_unique<GopDecoder>(std::move(codec), stream_, measure));
  }

 private:
  std::string path_;
  VideoFacts facts_;
  StreamFacts stream_;
  Parameters codec_;
  AVRational tick_;
  VideoLimits limits_;
};

VideoFacts facts_of(Input& input, AVStream& stream) {
  VideoFacts facts;
  const AVCodecParameters& codec = *stream.codecpar;
  facts.container = input.format()->iformat->name;
  facts.container = facts.container.substr(0, facts.container.find(','));
  facts.codec = opened().avcodec_get_name(codec.codec_id);
  facts.rotation = rotation_of(stream);
  facts.size = shown_size(input, stream, facts.rotation);
  facts.duration = duration_of(input, stream);
  facts.fps = rate(opened().av_guess_frame_rate(input.format(), &stream, nullptr));
  facts.hdr = codec.color_trc == AVCOL_TRC_SMPTE2084 || codec.color_trc == AVCOL_TRC_ARIB_STD_B67;
  facts.sound = input.sound();
  facts.subtitles = input.text() >= 0;
  return facts;
}

Status check_limits(const VideoFacts& facts, const AVCodecParameters& codec, const VideoLimits& limits) {
  if (codec.width <= 0 || codec.height <= 0)
    return Error(Code::corrupt_media, "The film does not say how large its pictures are",
                 "Check that it plays in a video player.");
  if (std::int64_t{codec.width} * codec.height > limits.max_pixels)
    return Error(Code::too_large,
                 fmt::format("The film's pictures of {} x {} are over the limit", codec.width, codec.height),
                 "Make it smaller, or raise [media] max_megapixels.");
  if (facts.duration > limits.max_seconds)
    return Error(Code::too_large,
                 fmt::format("The film is {:.1f} hours long, more than {:.1f}", facts.duration / 3600,
                             limits.max_seconds / 3600),
                 "Look at a part of it with --from and --to, or raise [media] max_video_hours.");
  return {};
}

}  // namespace
}  // namespace ffmpeg

Result<std::shared_ptr<const Video>> open_video(const CallContext& ctx, const std::string& path,
                                                const VideoLimits& limits) {
  using namespace ffmpeg;
  auto input = SN_TRY(Input::open(ctx, path));
  if (input->video() < 0)
    return Error(Code::unsupported_media, "The file has no video track",
                 input->sound() ? "It holds sound only: use sensorium transcribe." : "Check the file.");
  AVStream& stream = *input->format()->streams[input->video()];
  VideoFacts facts = facts_of(*input, stream);
  SN_TRY(check_limits(facts, *stream.codecpar, limits));
  StreamFacts known;
  known.tick = rate(stream.time_base);
  known.start = input->start();
  known.fps = facts.fps > 0 ? facts.fps : assumed_fps;
  known.skips_nonref = skips_nonref(stream.codecpar->codec_id);
  known.rotation = facts.rotation;
  known.shown = facts.size;
  Parameters codec(opened().avcodec_parameters_alloc());
  if (!codec || opened().avcodec_parameters_copy(codec.get(), stream.codecpar) < 0)
    return Error(Code::overloaded, "There is no memory to open the film");
  auto video =
      std::make_shared<VideoFile>(path, std::move(facts), known, std::move(codec), stream.time_base, limits);
  SN_TRY(video->decoder(Measure::pixels));  // better now than after the whole film was read
  return std::shared_ptr<const Video>(std::move(video));
}

bool looks_like_video(std::string_view head) noexcept {
  const auto at = [&](std::size_t offset, std::string_view magic) {
    return head.size() >= offset + magic.size() && head.substr(offset, magic.size()) == magic;
  };
  constexpr std::size_t ts_packet = 188;
  if (at(4, "ftyp"))
    return !at(8, "avif") && !at(8, "heic") && !at(8, "heix") && !at(8, "mif1") && !at(8, "M4A ");
  return at(4, "moov") || at(4, "mdat") || at(4, "wide") || at(0, "\x1A\x45\xDF\xA3") ||
         (at(0, "RIFF") && at(8, "AVI ")) || at(0, "FLV\x01") || at(0, "OggS") ||
         at(0, "\x30\x26\xB2\x75\x8E\x66\xCF\x11") || at(0, std::string_view("\0\0\1\xBA", 4)) ||
         at(0, std::string_view("\0\0\1\xB3", 4)) || (at(0, "G") && at(ts_packet, "G"));
}

Size frame_size(Size size, int max_side) noexcept {
  const double factor = size.long_side() > max_side ? static_cast<double>(max_side) / size.long_side() : 1;
  const auto even = [&](int side) {
    return std::max(2, static_cast<int>(std::lround(side * factor / 2)) * 2);
  };
  return {even(size.width), even(size.height)};
}

std::int64_t video_memory(const VideoFacts& facts, int workers) noexcept {
  // A decoder of H.264 or HEVC holds up to 17 pictures of 1.5 bytes a pixel; 10 bits double it.
  constexpr std::int64_t pictures = 17, fixed = 32LL << 20;
  return fixed + workers * pictures * facts.size.pixels() * 3 / 2 * (facts.hdr ? 2 : 1);
}

}  // namespace sensorium::media
