// Files and bytes to packets of sound.
#include "media/ffmpeg/sound_input.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace sensorium::media::ffmpeg {
namespace {

constexpr int io_buffer_bytes = 64 << 10;
constexpr std::int64_t probe_bytes = 8LL << 20;
constexpr int most_streams = 64;
constexpr int most_complaints = 1000;  // in a row, after which a demuxer finds nothing but damage

// FFmpeg's names of containers that hold their own data.
constexpr const char* containers =
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,nut,mxf,rm,wtv,dv,swf,"
    "wav,w64,mp3,flac,aac,ac3,eac3,dts,amr,amrnb,amrwb,aiff,au,caf,ape,wv,tta,mpc,mpc8,tak,voc,oma,gsm,"
    "truehd,"
    "sox,ircam,ast,loas,latm,dsf,rso,xwma,avr,nist,rf64";

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

Error no_recording(const CallContext& ctx, int error) {
  if (auto ended = ctx.check(); !ended) return std::move(ended).error();
  // A format that is not on our list is EINVAL.
  if (error == AVERROR_INVALIDDATA || error == AVERROR_EOF || error == AVERROR(EINVAL))
    return Error(
        Code::unsupported_media, "This is no recording that can be read",
        "Give a WAV, MP3, M4A, FLAC, Ogg, Opus file or a film with sound; for pictures use sensorium ask");
  return Error(Code::corrupt_media, fmt::format("The recording could not be opened ({})", reason(error)),
               "Check that it plays, or write it again: ffmpeg -i FILE NEW.flac");
}

Error no_sound() {
  return Error(Code::unsupported_media, "This file has no sound track",
               "Check it with: sensorium doctor FILE, or give the recording that belongs to it");
}

}  // namespace

int SoundInput::read_bytes(void* self, std::uint8_t* buffer, int size) noexcept {
  auto& me = *static_cast<SoundInput*>(self);
  if (over(self) != 0) return AVERROR_EXIT;
  std::int64_t count = 0;
  if (me.source_.bytes) {
    count = std::clamp<std::int64_t>(me.size_ - me.at_, 0, size);
    std::memcpy(buffer, me.source_.bytes->data() + me.at_, static_cast<std::size_t>(count));
  } else {
    count = ::pread(me.file_, buffer, static_cast<std::size_t>(size), me.at_);
    if (count < 0) return AVERROR(errno);
  }
  me.at_ += count;
  return count == 0 ? AVERROR_EOF : static_cast<int>(count);
}

std::int64_t SoundInput::seek_bytes(void* self, std::int64_t offset, int whence) noexcept {
  auto& me = *static_cast<SoundInput*>(self);
  if ((whence & AVSEEK_SIZE) != 0) return me.size_;
  whence &= ~AVSEEK_FORCE;
  const std::int64_t base = whence == SEEK_CUR ? me.at_ : whence == SEEK_END ? me.size_ : 0;
  if (offset < -base || offset > me.size_ - base) return AVERROR(EINVAL);
  return me.at_ = base + offset;
}

int SoundInput::over(void* self) noexcept {
  const auto* ctx = static_cast<SoundInput*>(self)->ctx_;
  return ctx && !ctx->check() ? 1 : 0;
}

Status SoundInput::open_source() {
  if (source_.bytes) {
    size_ = static_cast<std::int64_t>(source_.bytes->size());
    return {};
  }
  file_ = ::open(source_.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file_ < 0)
    return Error(Code::fetch_failed,
                 fmt::format("{} cannot be opened ({})", source_.path, std::strerror(errno)),
                 "Check the path");
  struct stat facts{};
  if (fstat(file_, &facts) != 0 || !S_ISREG(facts.st_mode))
    return Error(Code::unsupported_media, fmt::format("{} is not a regular file", source_.path),
                 "Give a file, or - and the recording on stdin");
  size_ = facts.st_size;
  return {};
}

Result<std::unique_ptr<SoundInput>> SoundInput::open(const CallContext& ctx, SoundSource source, int track) {
  SN_TRY(api());
  std::unique_ptr<SoundInput> input(new SoundInput(std::move(source)));
  SN_TRY(input->open_source());
  if (input->size_ == 0)
    return Error(Code::unsupported_media, "The recording is empty: it has 0 bytes", "Check the file");
  SN_TRY(input->probe(ctx));
  SN_TRY(input->choose(track));
  return input;
}

Status SoundInput::probe(const CallContext& ctx) {
  const Api& ff = opened();
  const Running running(ctx_, ctx);
  auto* buffer = static_cast<std::uint8_t*>(ff.av_malloc(io_buffer_bytes));
  io_ = buffer ? ff.avio_alloc_context(buffer, io_buffer_bytes, 0, this, read_bytes, nullptr, seek_bytes)
               : nullptr;
  format_ = ff.avformat_alloc_context();
  if (!io_ || !format_) return Error(Code::overloaded, "There is no memory to open the recording");
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
  if (error < 0) return no_recording(ctx, error);
  if (const int found = ff.avformat_find_stream_info(format_, nullptr); found < 0)
    return no_recording(ctx, found);
  return ctx.check();
}

void SoundInput::collect(std::vector<int>& indices) {
  const Api& ff = opened();
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    const AVStream& stream = *format_->streams[i];
    if (stream.codecpar->codec_type != AVMEDIA_TYPE_AUDIO) continue;
    indices.push_back(static_cast<int>(i));
    const AVDictionaryEntry* language = ff.av_dict_get(stream.metadata, "language", nullptr, 0);
    facts_.tracks.push_back({ff.avcodec_get_name(stream.codecpar->codec_id), language ? language->value : "",
                             stream.codecpar->ch_layout.nb_channels, stream.codecpar->sample_rate});
  }
  if (format_->duration > 0) facts_.duration = static_cast<double>(format_->duration) / AV_TIME_BASE;
  facts_.container = format_->iformat ? format_->iformat->name : "";
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
  const int best = opened().av_find_best_stream(format_, AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0);
  index_ = track >= 0 ? indices[static_cast<std::size_t>(track)] : best >= 0 ? best : indices.front();
  for (unsigned i = 0; i < format_->nb_streams; ++i)
    format_->streams[i]->discard = static_cast<int>(i) == index_ ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  return {};
}

SoundInput::~SoundInput() {
  if (format_) opened().avformat_close_input(&format_);
  if (io_) {
    opened().av_freep(&io_->buffer);
    opened().avio_context_free(&io_);
  }
  if (file_ >= 0) ::close(file_);
}

Result<bool> SoundInput::read(const CallContext& ctx, AVPacket* packet) {
  const Running running(ctx_, ctx);
  for (int complaints = 0; complaints < most_complaints;) {
    const int error = opened().av_read_frame(format_, packet);
    SN_TRY(ctx.check());
    if (error == AVERROR_EOF || error == AVERROR_EXIT) return false;
    if (error < 0) {
      damaged_ = true;
      if (format_->pb->eof_reached != 0) return false;
      ++complaints;
      continue;
    }
    if (packet->stream_index == index_) return true;
    opened().av_packet_unref(packet);
  }
  return false;
}

std::int64_t SoundInput::start() const noexcept {
  return format_->start_time != AV_NOPTS_VALUE ? format_->start_time : 0;
}

}  // namespace sensorium::media::ffmpeg
