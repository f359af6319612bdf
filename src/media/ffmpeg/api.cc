// Opening FFmpeg's libraries: once, by the names that belong to the headers this was built with.
#include "media/ffmpeg/api.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <array>
#include <mutex>

namespace sensorium::media::ffmpeg {
namespace {

#define SN_SONAME(library, version) "lib" #library ".so." AV_STRINGIFY(version)

Api table;

struct Libraries {
  void *avutil = nullptr, *avcodec = nullptr, *avformat = nullptr, *swscale = nullptr, *swresample = nullptr;
};

/// FFmpeg writes complaints about broken files to stderr; ours are Errors.
void keep_silent(void*, int, const char*, va_list) noexcept {}

Status open_one(const char* name, void*& library) {
  library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (library) return {};
  return Error(Code::not_built_in,
               fmt::format("Films and recordings cannot be read: {} is not installed", name),
               "Install FFmpeg's libraries (Debian: apt install libavformat59 libavcodec59 libswscale6 "
               "libswresample4).");
}

/// Fills the table; the name of the first missing function, or null.
const char* bind(const Libraries& libraries) {
#define SN_FFMPEG(library, name)                                                        \
  table.name = reinterpret_cast<decltype(table.name)>(dlsym(libraries.library, #name)); \
  if (!table.name) return #name;
#include "media/ffmpeg/functions.def"
#undef SN_FFMPEG
  return nullptr;
}

Status open_libraries() {
  Libraries libraries;
  SN_TRY(open_one(SN_SONAME(avutil, LIBAVUTIL_VERSION_MAJOR), libraries.avutil));
  SN_TRY(open_one(SN_SONAME(avcodec, LIBAVCODEC_VERSION_MAJOR), libraries.avcodec));
  SN_TRY(open_one(SN_SONAME(avformat, LIBAVFORMAT_VERSION_MAJOR), libraries.avformat));
  SN_TRY(open_one(SN_SONAME(swscale, LIBSWSCALE_VERSION_MAJOR), libraries.swscale));
  SN_TRY(open_one(SN_SONAME(swresample, LIBSWRESAMPLE_VERSION_MAJOR), libraries.swresample));
  if (const char* missing = bind(libraries))
    return Error(Code::not_built_in,
                 fmt::format("Films and recordings cannot be read: this FFmpeg has no {}", missing),
                 "Install FFmpeg 5.1 or a build for the FFmpeg that is installed.");
  table.av_log_set_callback(keep_silent);
  return {};
}

}  // namespace

Result<const Api*> api() {
  static std::once_flag once;
  static Status status;
  std::call_once(once, [] { status = open_libraries(); });
  if (!status) return status.error();
  return &table;
}

const Api& opened() noexcept { return table; }

std::string reason(int error) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  table.av_strerror(error, text.data(), text.size());
  return text.data();
}

Codec open_decoder(const AVCodecParameters& parameters, AVRational tick, std::int64_t max_pixels) {
  const AVCodec* found = table.avcodec_find_decoder(parameters.codec_id);
  Codec codec(found ? table.avcodec_alloc_context3(found) : nullptr);
  if (!codec || table.avcodec_parameters_to_context(codec.get(), &parameters) < 0) return nullptr;
  codec->thread_count = 1;
  codec->pkt_timebase = tick;
  codec->max_pixels = max_pixels;
  return table.avcodec_open2(codec.get(), found, nullptr) < 0 ? nullptr : std::move(codec);
}

}  // namespace sensorium::media::ffmpeg
