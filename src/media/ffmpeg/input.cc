// Files to packets.
#include "media/ffmpeg/input.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace sensorium::media::ffmpeg {
namespace {

constexpr int io_buffer_bytes = 256 << 10;
constexpr std::int64_t probe_bytes = 8LL << 20;
constexpr int most_streams = 64;
// A demuxer that finds nothing but damage gives up after this many complaints in a row.
constexpr int most_complaints = 1000;

// FFmpeg's names of containers that hold their own data.
constexpr const char* containers =
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpegtsraw,mpeg,mpegvideo,m4v,flv,live_flv,asf,asf_o,"
    "ogg,nut,"
    "mxf,gxf,h264,hevc,obu,av1,ivf,vc1,h263,h261,dv,rm,wtv,swf,gif,apng,dirac,y4m,yuv4mpegpipe,srt,webvtt,"
    "ass";

/// While a call runs, its context is what the callbacks poll.
class Running {
 public:
  Running(const CallContext*& slot, const CallContext& ctx) : slot_(slot) { slot_ = &ctx; }
  ~Running() { slot_ = nullptr; }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  const CallContext*& slot_;
};

int refuse_open(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) noexcept {
  return AVERROR(EPERM);
}

Error not_a_film(const CallContext& ctx, int error) {
  if (auto over = ctx.check(); !over) return std::move(over).error();
  // A format that is not on our list is EINVAL.
  if (error == AVERROR_INVALIDDATA || error == AVERROR_EOF || error == AVERROR(EINVAL))
    return Error(Code::unsupported_media, "This is no film that can be read",
                 "Give an MP4, MKV, WebM, MOV, AVI, MPEG-TS or similar file; pictures go to sensorium ask.");
  return failure(ctx, "opened", error);
}

}  // namespace

int Input::read_file(void* self, std::uint8_t* buffer, int size) noexcept {
  auto& me = *static_cast<Input*>(self);
  if (over(self) != 0) return AVERROR_EXIT;
  const auto count = pread(me.file_, buffer, static_cast<std::size_t>(size), me.at_);
  if (count < 0) return AVERROR(errno);
  me.at_ += count;
  return count == 0 ? AVERROR_EOF : static_cast<int>(count);
}

std::int64_t Input::seek_file(void* self, std::int64_t offset, int whence) noexcept {
  auto& me = *static_cast<Input*>(self);
  struct stat facts{};
  if (fstat(me.file_, &facts) != 0) return AVERROR(errno);
  if (whence == AVSEEK_SIZE) return facts.st_size;
  const std::int64_t base = whence == SEEK_CUR ? me.at_ : whence == SEEK_END ? facts.st_size : 0;
  if (offset < -base || offset > INT64_MAX - base) return AVERROR(EINVAL);
  return me.at_ = base + offset;
}

int Input::over(void* self) noexcept {
  const auto* ctx = static_cast<Input*>(self)->ctx_;
  return ctx && (ctx->stopped() || SteadyClock::now() >= ctx->deadline()) ? 1 : 0;
}

Result<std::unique_ptr<Input>> Input::open(const CallContext& ctx, const std::string& path) {
  SN_TRY(api());
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return Error(Code::fetch_failed, fmt::format("{} cannot be opened ({})", path, strerror(errno)),
                 "Check the path.");
  std::unique_ptr<Input> input(new Input(file));
  struct stat facts{};
  if (fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode))
    return Error(Code::unsupported_media, fmt::format("{} is not a regular file", path),
                 "Give a file; a stream has to be saved first.");
  SN_TRY(input->probe(ctx));
  return input;
}

Status Input::probe(const CallContext& ctx) {
  const Api& ff = opened();
  const Running running(ctx_, ctx);
  auto* buffer = static_cast<std::uint8_t*>(ff.av_malloc(io_buffer_bytes));
  io_ = ff.avio_alloc_context(buffer, io_buffer_bytes, 0, this, read_file, nullptr, seek_file);
  format_ = ff.avformat_alloc_context();
  if (!io_ || !format_) return Error(Code::overloaded, "There is no memory to open the film");
  format_->pb = io_;
  format_->flags |= AVFMT_FLAG_CUSTOM_IO;
  format_->interrupt_callback = {over, this};
  format_->io_open = refuse_open;
  format_->probesize = probe_bytes;
  format_->max_streams = most_streams;
  AVDictionary* options = nullptr;
  ff.av_dict_set(&options, "format_whitelist", containers, 0);
  const int error = ff.avformat_open_input(&format_, nullptr, nullptr, &options);
  ff.av_dict_free(&options);
  if (error < 0) return not_a_film(ctx, error);
  if (const int found = ff.avformat_find_stream_info(format_, nullptr); found < 0)
    return not_a_film(ctx, found);
  SN_TRY(ctx.check());
  choose_streams();
  return {};
}

void Input::choose_streams() {
  const Api& ff = opened();
  video_ = ff.av_find_best_stream(format_, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (video_ >= 0 && (format_->streams[video_]->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) video_ = -1;
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    const AVCodecParameters& codec = *format_->streams[i]->codecpar;
    if (codec.codec_type == AVMEDIA_TYPE_AUDIO) sound_ = true;
    if (codec.codec_type != AVMEDIA_TYPE_SUBTITLE || text_ >= 0) continue;
    const AVCodecDescriptor* facts = ff.avcodec_descriptor_get(codec.codec_id);
    if (facts && (facts->props & AV_CODEC_PROP_TEXT_SUB) != 0) text_ = static_cast<int>(i);
  }
  if (video_ < 0) video_ = -1;
}

Input::~Input() {
  if (format_) opened().avformat_close_input(&format_);
  if (io_) {
    opened().av_freep(&io_->buffer);
    opened().avio_context_free(&io_);
  }
  close(file_);
}

Result<bool> Input::read(const CallContext& ctx, AVPacket* packet, int only) {
  const Running running(ctx_, ctx);
  for (unsigned i = 0; i < format_->nb_streams; ++i)
    format_->streams[i]->discard = static_cast<int>(i) == only ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  for (int complaints = 0; complaints < most_complaints;) {
    const int error = opened().av_read_frame(format_, packet);
    SN_TRY(ctx.check());
    if (error == AVERROR_EOF || error == AVERROR_EXIT) return false;
    if (error < 0) {
      if (format_->pb->eof_reached != 0) return false;
      ++complaints;
      continue;
    }
    if (packet->stream_index == only) return true;
    opened().av_packet_unref(packet);
  }
  return false;
}

bool Input::seek(const CallContext& ctx, int stream, std::int64_t timestamp) {
  const Running running(ctx_, ctx);
  return opened().av_seek_frame(format_, stream, timestamp, AVSEEK_FLAG_BACKWARD) >= 0;
}

double Input::start() const noexcept {
  if (format_->start_time != AV_NOPTS_VALUE) return static_cast<double>(format_->start_time) / AV_TIME_BASE;
  return 0;
}

}  // namespace sensorium::media::ffmpeg
