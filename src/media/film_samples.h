// Films for tests, made on the spot by the ffmpeg program: each frame carries its number as a row of black
// and white blocks, so that a test can tell which frame it was given.
#pragma once

#include <string>
#include <string_view>

#include "media/frame_stream.h"

namespace sensorium::media::samples {

constexpr int film_width = 320, film_height = 180, film_fps = 30;

/// A folder for the running test, removed with the object.
class FilmFolder {
 public:
  FilmFolder();
  FilmFolder(const FilmFolder&) = delete;
  FilmFolder& operator=(const FilmFolder&) = delete;
  ~FilmFolder();
  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

/// `frames` numbered frames at 30 per second, encoded with `arguments` ("-c:v libx264 -bf 2") into `path`.
/// False when this ffmpeg cannot (an encoder it was not built with).
bool make_film(const std::string& path, int frames, std::string_view arguments);
/// Runs the ffmpeg program with `arguments`; true when it succeeded.
bool run_ffmpeg(std::string_view arguments);
/// The number in a frame of make_film(), turned upright; -1 when there is none.
int number_in(const VideoFrame& frame);

/// All frames that `rule` wants of `path`, decoded by one decoder.
Result<std::vector<VideoFrame>> frames_of(const std::string& path, SampleRule rule,
                                          Measure measure = Measure::pixels);

}  // namespace sensorium::media::samples
