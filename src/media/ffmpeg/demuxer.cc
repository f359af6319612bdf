// Files and bytes to packets.
#include "media/ffmpeg/demuxer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace sensorium::media::ffmpeg {
namespace {

constexpr std::int64_t probe_bytes = 8LL << 20;
constexpr int most_streams = 64;
// A demuxer that finds nothing but damage gives up after this many complaints.
constexpr int most_complaints = 1000;

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

}  // namespace

Error Demuxer::refused(const CallContext& ctx, int error) const {
  if (auto ended = ctx.check(); !ended) return std::move(ended).error();
  // A format that is not on our list is EINVAL.
  if (error == AVERROR_INVALIDDATA || error == AVERROR_EOF || error == AVERROR(EINVAL))
    return Error(Code::unsupported_media, fmt::format("This is no {} that can be read", rule_.thing),
                 std::string(rule_.other_format));
  return Error(Code::corrupt_media,
               fmt::format("The {} could not be opened ({})", rule_.thing, reason(error)),
               std::string(rule_.broken));
}

int Demuxer::read_bytes(void* self, std::uint8_t* buffer, int size) noexcept {
  auto& me = *static_cast<Demuxer*>(self);
  if (over(self) != 0) return AVERROR_EXIT;
  std::int64_t count = 0;
  if (me.bytes_) {
    count = std::clamp<std::int64_t>(me.size_ - me.at_, 0, size);
    std::memcpy(buffer, me.bytes_->data() + me.at_, static_cast<std::size_t>(count));
  } else {
    count = ::pread(me.file_, buffer, static_cast<std::size_t>(size), me.at_);
    if (count < 0) return AVERROR(errno);
  }
  me.at_ += count;
  return count == 0 ? AVERROR_EOF : static_cast<int>(count);
}

std::int64_t Demuxer::seek_bytes(void* self, std::int64_t offset, int whence) noexcept {
  auto& me = *static_cast<Demuxer*>(self);
  const bool growing = me.rule_.growing && !me.bytes_;
  if (growing) {
    struct stat facts{};
    if (fstat(me.file_, &facts) != 0) return AVERROR(errno);
    me.size_ = facts.st_size;
  }
  if ((whence & AVSEEK_SIZE) != 0) return me.size_;
  whence &= ~AVSEEK_FORCE;
  const std::int64_t base = whence == SEEK_CUR ? me.at_ : whence == SEEK_END ? me.size_ : 0;
  const std::int64_t last = growing ? INT64_MAX : me.size_;
  if (offset < -base || offset > last - base) return AVERROR(EINVAL);
  return me.at_ = base + offset;
}

int Demuxer::over(void* self) noexcept {
  const auto* ctx = static_cast<Demuxer*>(self)->ctx_;
  return ctx && (ctx->stopped() || SteadyClock::now() >= ctx->deadline()) ? 1 : 0;
}

Status Demuxer::open_source() {
  SN_TRY(api());
  if (bytes_) {
    size_ = static_cast<std::int64_t>(bytes_->size());
    return {};
  }
  file_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (file_ < 0)
    return Error(Code::fetch_failed, fmt::format("{} cannot be opened ({})", path_, std::strerror(errno)),
                 std::string(rule_.no_file));
  struct stat facts{};
  if (fstat(file_, &facts) != 0 || !S_ISREG(facts.st_mode))
    return Error(Code::unsupported_media, fmt::format("{} is not a regular file", path_),
                 std::string(rule_.no_regular_file));
  size_ = facts.st_size;
  return {};
}

Status Demuxer::probe(const CallContext& ctx) {
  const Api& ff = opened();
  const Running running(ctx_, ctx);
  auto* buffer = static_cast<std::uint8_t*>(ff.av_malloc(static_cast<std::size_t>(rule_.buffer_bytes)));
  io_ = buffer ? ff.avio_alloc_context(buffer, rule_.buffer_bytes, 0, this, read_bytes, nullptr, seek_bytes)
               : nullptr;
  format_ = ff.avformat_alloc_context();
  if (!io_ || !format_)
    return Error(Code::overloaded, fmt::format("There is no memory to open the {}", rule_.thing));
  format_->pb = io_;
  format_->flags |= AVFMT_FLAG_CUSTOM_IO;
  format_->interrupt_callback = {over, this};
  format_->io_open = refuse_open;
  format_->probesize = probe_bytes;
  format_->max_streams = most_streams;
  AVDictionary* options = nullptr;
  ff.av_dict_set(&options, "format_whitelist", rule_.containers, 0);
  const int error = ff.avformat_open_input(&format_, nullptr, nullptr, &options);
  ff.av_dict_free(&options);
  if (error < 0) return refused(ctx, error);
  if (const int found = ff.avformat_find_stream_info(format_, nullptr); found < 0) return refused(ctx, found);
  return ctx.check();
}

Demuxer::~Demuxer() {
  if (format_) opened().avformat_close_input(&format_);
  if (io_) {
    opened().av_freep(&io_->buffer);
    opened().avio_context_free(&io_);
  }
  if (file_ >= 0) ::close(file_);
}

Result<bool> Demuxer::read(const CallContext& ctx, AVPacket* packet, int only) {
  const Running running(ctx_, ctx);
  for (unsigned i = 0; i < format_->nb_streams; ++i)
    format_->streams[i]->discard = static_cast<int>(i) == only ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
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
    if (packet->stream_index == only) return true;
    opened().av_packet_unref(packet);
  }
  return false;
}

bool Demuxer::seek(const CallContext& ctx, int stream, std::int64_t timestamp) {
  const Running running(ctx_, ctx);
  return opened().av_seek_frame(format_, stream, timestamp, AVSEEK_FLAG_BACKWARD) >= 0;
}

double Demuxer::start() const noexcept {
  return format_->start_time != AV_NOPTS_VALUE ? static_cast<double>(format_->start_time) / AV_TIME_BASE : 0;
}

}  // namespace sensorium::media::ffmpeg
