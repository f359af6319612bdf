// OpenCV's fixed-point HSV (modules/imgproc/src/color_hsv): divisions by tables in 12 bits.
#include "media/content_score.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace sensorium::media {
namespace {

constexpr int shift = 12, levels = 256, hue_range = 180;

struct Tables {
  std::array<int, levels> saturation{}, hue{};
  Tables() {
    for (int i = 1; i < levels; ++i) {
      const auto at = static_cast<std::size_t>(i);
      saturation[at] = static_cast<int>(std::lrint((255 << shift) / (1.0 * i)));
      hue[at] = static_cast<int>(std::lrint((hue_range << shift) / (6.0 * i)));
    }
  }
};

double mean_difference(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b) noexcept {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<unsigned>(std::abs(int{a[i]} - int{b[i]}));
  return a.empty() ? 0 : static_cast<double>(sum) / static_cast<double>(a.size());
}

}  // namespace

HsvImage to_hsv(const std::uint8_t* rgb, Size size) {
  static const Tables tables;
  HsvImage out;
  out.size = size;
  const auto count = static_cast<std::size_t>(size.pixels());
  out.hue.resize(count);
  out.saturation.resize(count);
  out.value.resize(count);
  constexpr int half = 1 << (shift - 1);
  for (std::size_t i = 0; i < count; ++i, rgb += 3) {
    const int r = rgb[0], g = rgb[1], b = rgb[2];
    const int high = std::max({r, g, b}), spread = high - std::min({r, g, b});
    int hue = high == r ? g - b : high == g ? b - r + 2 * spread : r - g + 4 * spread;
    hue = (hue * tables.hue[static_cast<std::size_t>(spread)] + half) >> shift;
    if (hue < 0) hue += hue_range;
    out.hue[i] = static_cast<std::uint8_t>(hue);
    out.saturation[i] = static_cast<std::uint8_t>(
        (spread * tables.saturation[static_cast<std::size_t>(high)] + half) >> shift);
    out.value[i] = static_cast<std::uint8_t>(high);
  }
  return out;
}

double content_score(const HsvImage& a, const HsvImage& b) noexcept {
  if (!(a.size == b.size)) return 0;
  constexpr double channels = 3;
  return (mean_difference(a.hue, b.hue) + mean_difference(a.saturation, b.saturation) +
          mean_difference(a.value, b.value)) /
         channels;
}

Size content_size(Size picture) noexcept {
  constexpr int wide = 256;
  if (picture.width < wide) return picture;
  const double factor = picture.width / static_cast<double>(wide);
  return {wide, std::max(1, static_cast<int>(std::lround(picture.height / factor)))};
}

}  // namespace sensorium::media
