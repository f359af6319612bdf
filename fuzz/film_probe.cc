// Opening, planning and decoding of films on arbitrary bytes. Checked besides not crashing: times ascend
// within a unit's plan, and all of it ends within its limits.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "media/frame_stream.h"

namespace {

namespace media = sensorium::media;

media::VideoLimits small() { return {.max_pixels = 1 << 18, .max_seconds = 3600, .max_packets = 500}; }

/// A file without a name that holds `data`.
class MemoryFile {
 public:
  MemoryFile(const std::uint8_t* data, std::size_t size) : file_(memfd_create("film", MFD_CLOEXEC)) {
    if (file_ < 0 || write(file_, data, size) != static_cast<ssize_t>(size)) std::abort();
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { close(file_); }
  std::string path() const { return "/proc/self/fd/" + std::to_string(file_); }

 private:
  int file_;
};

void read_all(const media::Video& video, media::SampleRule rule) {
  const auto ctx = sensorium::CallContext().with_timeout(sensorium::Milliseconds(3000));
  auto source = video.source(ctx, std::move(rule));
  const auto decoder = video.decoder(media::Measure::pixels);
  if (!source || !decoder) return;
  for (;;) {
    auto unit = (*source)->next(ctx);
    if (!unit || !*unit) return;
    (*decoder)->start(std::move(*unit));
    for (bool more = true; more;) {
      std::vector<media::VideoFrame> frames;
      const auto stepped = (*decoder)->step(ctx, sensorium::Milliseconds(100), frames);
      more = stepped && *stepped;
      for (const auto& frame : frames)
        if (frame.pixels) (void)frame.pixels->rgb(ctx, {32, 18});
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const MemoryFile file(data, size);
  const auto ctx = sensorium::CallContext().with_timeout(sensorium::Milliseconds(3000));
  const auto video = media::open_video(ctx, file.path(), small());
  (void)media::read_subtitles(ctx, file.path());
  if (!video) return 0;
  read_all(**video, {.interval = 0.1});
  read_all(**video, {.mode = media::SampleRule::Mode::keyframes});
  return 0;
}
