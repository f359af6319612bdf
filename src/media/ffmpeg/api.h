// FFmpeg's libraries, opened when the first film or recording is. Surprising: the program is not linked to
// them, because they bring 150 libraries that an idle service should not carry.
// NOTE [Only through the table]: calling av_* directly would bring the link dependency back.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
}

#include <climits>
#include <memory>
#include <string>
#include <string_view>

#include "base/call_context.h"

namespace sensorium::media::ffmpeg {

/// The functions that this folder may use, under their own names.
struct Api {
#define SN_FFMPEG(library, name) decltype(&::name) name = nullptr;
#include "media/ffmpeg/functions.def"
#undef SN_FFMPEG
};

/// Opens the libraries on the first call; thread-safe. Error: not_built_in when they are missing.
Result<const Api*> api();
/// The same when they were opened before: for what can only exist then.
const Api& opened() noexcept;

/// "Invalid data found when processing input"
std::string reason(int error);

struct FrameFree {
  void operator()(AVFrame* frame) const noexcept { opened().av_frame_free(&frame); }
};
struct PacketFree {
  void operator()(AVPacket* packet) const noexcept { opened().av_packet_free(&packet); }
};
struct CodecFree {
  void operator()(AVCodecContext* codec) const noexcept { opened().avcodec_free_context(&codec); }
};
struct ScalerFree {
  void operator()(SwsContext* scaler) const noexcept { opened().sws_freeContext(scaler); }
};
struct SoundConverterFree {
  void operator()(SwrContext* converter) const noexcept { opened().swr_free(&converter); }
};
struct ParametersFree {
  void operator()(AVCodecParameters* parameters) const noexcept {
    opened().avcodec_parameters_free(&parameters);
  }
};
using Frame = std::unique_ptr<AVFrame, FrameFree>;
using Packet = std::unique_ptr<AVPacket, PacketFree>;
using Codec = std::unique_ptr<AVCodecContext, CodecFree>;
using Scaler = std::unique_ptr<SwsContext, ScalerFree>;
using SoundConverter = std::unique_ptr<SwrContext, SoundConverterFree>;
using Parameters = std::unique_ptr<AVCodecParameters, ParametersFree>;

inline Frame make_frame() { return Frame(opened().av_frame_alloc()); }
inline Packet make_packet() { return Packet(opened().av_packet_alloc()); }

/// A decoder of pictures or text on one thread, opened; null when there is none for `parameters`. `tick` is
/// the clock of its packets.
Codec open_decoder(const AVCodecParameters& parameters, AVRational tick, std::int64_t max_pixels = INT_MAX);

}  // namespace sensorium::media::ffmpeg
