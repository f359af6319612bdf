// What a recording's container may be, and which of its tracks is heard.
#include "media/ffmpeg/sound_input.h"

#include <fmt/format.h>

namespace sensorium::media::ffmpeg {
namespace {

constexpr ContainerRule recording = {
    // FFmpeg's names of containers that hold their own data.
    .containers =
        "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,nut,mxf,rm,wtv,dv,swf,"
        "wav,w64,mp3,flac,aac,ac3,eac3,dts,amr,amrnb,amrwb,aiff,au,caf,ape,wv,tta,mpc,mpc8,tak,voc,oma,gsm,"
        "truehd,"
        "sox,ircam,ast,loas,latm,dsf,rso,xwma,avr,nist,rf64",
    .buffer_bytes = 64 << 10,
    .growing = false,
    .thing = "recording",
    .no_file = "Check the path",
    .no_regular_file = "Give a file, or - and the recording on stdin",
    .other_format =
        "Give a WAV, MP3, M4A, FLAC, Ogg, Opus file or a film with sound; for pictures use sensorium ask",
    .broken = "Check that it plays, or write it again: ffmpeg -i FILE NEW.flac",
};

Error no_sound() {
  return Error(Code::unsupported_media, "This file has no sound track",
               "Check it with: sensorium doctor FILE, or give the recording that belongs to it");
}

}  // namespace

SoundInput::SoundInput(SoundSource source)
    : Demuxer(recording, std::move(source.path), std::move(source.bytes)) {}

Result<std::unique_ptr<SoundInput>> SoundInput::open(const CallContext& ctx, SoundSource source, int track) {
  std::unique_ptr<SoundInput> input(new SoundInput(std::move(source)));
  SN_TRY(input->open_source());
  if (input->size() == 0)
    return Error(Code::unsupported_media, "The recording is empty: it has 0 bytes", "Check the file");
  SN_TRY(input->probe(ctx));
  SN_TRY(input->choose(track));
  return input;
}

void SoundInput::collect(std::vector<int>& indices) {
  const Api& ff = opened();
  const AVFormatContext& all = *format();
  for (unsigned i = 0; i < all.nb_streams; ++i) {
    const AVStream& stream = *all.streams[i];
    if (stream.codecpar->codec_type != AVMEDIA_TYPE_AUDIO) continue;
    indices.push_back(static_cast<int>(i));
    const AVDictionaryEntry* language = ff.av_dict_get(stream.metadata, "language", nullptr, 0);
    facts_.tracks.push_back({ff.avcodec_get_name(stream.codecpar->codec_id), language ? language->value : "",
                             stream.codecpar->ch_layout.nb_channels, stream.codecpar->sample_rate});
  }
  if (all.duration > 0) facts_.duration = static_cast<double>(all.duration) / AV_TIME_BASE;
  facts_.container = all.iformat ? all.iformat->name : "";
}

Status SoundInput::choose(int track) {
  std::vector<int> indices;
  collect(indices);
  if (indices.empty()) return no_sound();
  if (track >= static_cast<int>(indices.size()))
    return Error(Code::invalid_request,
                 fmt::format("There is no sound track {}: the file has {}", track, indices.size()),
                 fmt::format("--track counts from 0 to {}", indices.size() - 1))
        .at("track");
  const int best = opened().av_find_best_stream(format(), AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0);
  index_ = track >= 0 ? indices[static_cast<std::size_t>(track)] : best >= 0 ? best : indices.front();
  return {};
}

}  // namespace sensorium::media::ffmpeg
