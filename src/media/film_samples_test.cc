// The films of film_samples.h.
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "media/film_samples.h"

namespace sensorium::media::samples {
namespace {

constexpr int bits = 16, block = film_width / bits;

/// A frame in 4:2:0: the number's bits across the upper half, below it a bar that moves.
std::string numbered_frame(int number) {
  std::string luma(std::size_t{film_width} * film_height, '\x50');
  for (int y = 0; y < film_height / 2; ++y)
    for (int x = 0; x < film_width; ++x) {
      const bool set = (number >> (bits - 1 - x / block) & 1) != 0;
      luma[static_cast<std::size_t>(y * film_width + x)] = static_cast<char>(set ? 230 : 20);
    }
  for (int y = film_height / 2; y < film_height; ++y)
    for (int x = 0; x < 24; ++x)
      luma[static_cast<std::size_t>(y * film_width + (number * 3 + x) % film_width)] = static_cast<char>(180);
  return luma + std::string(luma.size() / 2, '\x80');
}

}  // namespace

FilmFolder::FilmFolder() {
  char name[] = "/tmp/sensorium-film-XXXXXX";
  path_ = mkdtemp(name);
}
FilmFolder::~FilmFolder() { std::filesystem::remove_all(path_); }

bool make_film(const std::string& path, int frames, std::string_view arguments) {
  const std::string command = fmt::format(
      "ffmpeg -nostdin -hide_banner -loglevel error -y -f rawvideo -pix_fmt yuv420p -s {}x{} -r {} -i pipe:0 "
      "{} '{}' "
      "2>/dev/null",
      film_width, film_height, film_fps, arguments, path);
  FILE* pipe = popen(command.c_str(), "w");
  if (!pipe) return false;
  for (int i = 0; i < frames; ++i) {
    const std::string frame = numbered_frame(i);
    if (fwrite(frame.data(), 1, frame.size(), pipe) != frame.size()) break;
  }
  return pclose(pipe) == 0;
}

bool run_ffmpeg(std::string_view arguments) {
  return std::system(fmt::format("ffmpeg -nostdin -hide_banner -loglevel error -y {} 2>/dev/null", arguments)
                         .c_str()) == 0;
}

int number_in(const VideoFrame& frame) {
  if (!frame.pixels) return -1;
  const auto pixels = frame.pixels->rgb({}, {film_width, film_height});
  if (!pixels) return -1;
  int number = 0;
  for (int i = 0; i < bits; ++i) {
    const auto at = static_cast<std::size_t>((film_height / 4) * film_width + i * block + block / 2) * 3 + 1;
    number = number << 1 | (pixels->rgb[at] > 127 ? 1 : 0);
  }
  return number;
}

Result<std::vector<VideoFrame>> frames_of(const std::string& path, SampleRule rule, Measure measure) {
  const auto video = SN_TRY(open_video({}, path, {}));
  const auto source = SN_TRY(video->source({}, std::move(rule)));
  const auto decoder = SN_TRY(video->decoder(measure));
  std::vector<VideoFrame> all;
  while (auto unit = SN_TRY(source->next({}))) {
    decoder->start(std::move(unit));
    for (bool more = true; more;) {
      std::vector<VideoFrame> some;
      more = SN_TRY(decoder->step({}, Milliseconds(1000), some));
      for (auto& frame : some) all.push_back(std::move(frame));
    }
  }
  std::ranges::sort(all, {}, &VideoFrame::time);
  return all;
}

}  // namespace sensorium::media::samples
