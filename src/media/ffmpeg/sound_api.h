// FFmpeg's libraries for sound, opened when the first recording is. Surprising: the program is not linked to
// them, because they bring 150 libraries that an idle service should not carry.
// NOTE [Only through the table]: calling av_* directly would bring the link dependency back.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
}

#include <memory>
#include <string>

#include "base/result.h"

namespace sensorium::media::ffmpeg {

/// The functions that sound_*.cc may use, under their own names.
struct SoundApi {
#define SN_SOUND(library, name) decltype(&::name) name = nullptr;
#include "media/ffmpeg/sound_functions.def"
#undef SN_SOUND
};

/// Opens the libraries on the first call; thread-safe. Error: not_built_in when they are missing.
Result<const SoundApi*> sound_api();
/// The same when they were opened before: for what can only exist then.
const SoundApi& opened_sound() noexcept;

/// "Invalid data found when processing input"
std::string sound_reason(int error);

struct SoundFree {
  void operator()(AVFrame* frame) const noexcept { opened_sound().av_frame_free(&frame); }
  void operator()(AVPacket* packet) const noexcept { opened_sound().av_packet_free(&packet); }
  void operator()(AVCodecContext* codec) const noexcept { opened_sound().avcodec_free_context(&codec); }
  void operator()(SwrContext* resampler) const noexcept { opened_sound().swr_free(&resampler); }
};
template <class T>
using SoundOwned = std::unique_ptr<T, SoundFree>;

}  // namespace sensorium::media::ffmpeg
