// Times the preparation of one picture: ours, and what libvips alone needs for the same job.
// Surprising: "vips" is libvips told by hand to halve on load, its best case; "vips_thumbnail" is its
// usual call. Results are JSON lines with the CPU time of the process, as other programs share the cores.
#include <fmt/format.h>
#include <vips/vips.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "media/prepare.h"

namespace {

constexpr int longest = 2048, quality = 85;

struct Made {
  std::size_t bytes = 0;
  int width = 0, height = 0;
};

double cpu_ms() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

Made ours(const sensorium::media::Picture& picture) {
  const auto prepared =
      sensorium::media::prepare({}, picture, {.formats = {"jpeg"}}, sensorium::media::Detail::automatic);
  if (!prepared) return {};
  return {prepared->bytes->size(), prepared->size.width, prepared->size.height};
}

Made save(VipsImage* image) {
  void* buffer = nullptr;
  std::size_t length = 0;
  Made made;
  if (image && vips_jpegsave_buffer(image, &buffer, &length, "Q", quality, "strip", TRUE, nullptr) == 0)
    made = {length, vips_image_get_width(image), vips_image_get_height(image)};
  g_free(buffer);
  if (image) g_object_unref(image);
  return made;
}

Made bare_vips(const std::string& bytes) {
  VipsImage* image = nullptr;
  vips_jpegload_buffer(const_cast<char*>(bytes.data()), bytes.size(), &image, "shrink", 2, "access",
                       VIPS_ACCESS_SEQUENTIAL, nullptr);
  return save(image);
}

Made vips_usual(const std::string& bytes) {
  VipsImage* image = nullptr;
  vips_thumbnail_buffer(const_cast<char*>(bytes.data()), bytes.size(), &image, longest, "height", longest,
                        nullptr);
  return save(image);
}

struct Way {
  std::string_view name;
  Made (*run)(const sensorium::media::Picture&);
};

constexpr Way ways[] = {
    {"sensorium", ours},
    {"vips", [](const sensorium::media::Picture& picture) { return bare_vips(*picture.bytes); }},
    {"vips_thumbnail", [](const sensorium::media::Picture& picture) { return vips_usual(*picture.bytes); }},
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: prep_bench PICTURE [ROUNDS]\n");
    return 2;
  }
  const int rounds = argc > 2 ? std::max(1, std::atoi(argv[2])) : 10;
  sensorium::media::start_library(argv[0]);
  vips_concurrency_set(1);
  if (VIPS_INIT(argv[0])) return 1;
  vips_cache_set_max(0);
  std::ostringstream text;
  text << std::ifstream(argv[1], std::ios::binary).rdbuf();
  const auto picture = sensorium::media::open_picture(std::make_shared<const std::string>(text.str()), {});
  if (!picture) {
    fmt::print(stderr, "{}\n", sentence(picture.error()));
    return 3;
  }
  // The ways take turns, so that a disturbance hits all of them.
  std::vector<std::vector<double>> cpu(std::size(ways)), wall(std::size(ways));
  std::vector<Made> made(std::size(ways));
  for (int round = 0; round <= rounds; ++round)
    for (std::size_t i = 0; i < std::size(ways); ++i) {
      const double cpu_start = cpu_ms();
      const auto wall_start = std::chrono::steady_clock::now();
      made[i] = ways[i].run(*picture);
      if (round == 0) continue;
      cpu[i].push_back(cpu_ms() - cpu_start);
      wall[i].push_back(
          std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - wall_start).count());
    }
  for (std::size_t i = 0; i < std::size(ways); ++i)
    fmt::print("{{\"way\":\"{}\",\"cpu_ms\":{:.1f},\"wall_ms\":{:.1f},\"bytes\":{},\"size\":\"{}x{}\"}}\n",
               ways[i].name, median(cpu[i]), median(wall[i]), made[i].bytes, made[i].width, made[i].height);
  return 0;
}
