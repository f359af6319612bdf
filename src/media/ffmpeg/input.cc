// What a film's container may be, and which of its tracks are read.
#include "media/ffmpeg/input.h"

namespace sensorium::media::ffmpeg {
namespace {

constexpr ContainerRule film = {
    // FFmpeg's names of containers that hold their own data.
    .containers =
        "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpegtsraw,mpeg,mpegvideo,m4v,flv,live_flv,asf,asf_"
        "o,"
        "ogg,nut,"
        "mxf,gxf,h264,hevc,obu,av1,ivf,vc1,h263,h261,dv,rm,wtv,swf,gif,apng,dirac,y4m,yuv4mpegpipe,srt,"
        "webvtt,"
        "ass",
    .buffer_bytes = 256 << 10,
    .growing = true,
    .thing = "film",
    .no_file = "Check the path.",
    .no_regular_file = "Give a file; a stream has to be saved first.",
    .other_format =
        "Give an MP4, MKV, WebM, MOV, AVI, MPEG-TS or similar file; pictures go to sensorium ask.",
    .broken = "Check that it plays in a video player, or write it again with ffmpeg -i FILE -c copy NEW.mp4.",
};

}  // namespace

Input::Input(const std::string& path) : Demuxer(film, path) {}

Result<std::unique_ptr<Input>> Input::open(const CallContext& ctx, const std::string& path) {
  std::unique_ptr<Input> input(new Input(path));
  SN_TRY(input->open_source());
  SN_TRY(input->probe(ctx));
  input->choose_streams();
  return input;
}

void Input::choose_streams() {
  const Api& ff = opened();
  AVFormatContext* all = format();
  video_ = ff.av_find_best_stream(all, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (video_ >= 0 && (all->streams[video_]->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) video_ = -1;
  for (unsigned i = 0; i < all->nb_streams; ++i) {
    const AVCodecParameters& codec = *all->streams[i]->codecpar;
    if (codec.codec_type == AVMEDIA_TYPE_AUDIO) sound_ = true;
    if (codec.codec_type != AVMEDIA_TYPE_SUBTITLE || text_ >= 0) continue;
    const AVCodecDescriptor* facts = ff.avcodec_descriptor_get(codec.codec_id);
    if (facts && (facts->props & AV_CODEC_PROP_TEXT_SUB) != 0) text_ = static_cast<int>(i);
  }
  if (video_ < 0) video_ = -1;
}

}  // namespace sensorium::media::ffmpeg
