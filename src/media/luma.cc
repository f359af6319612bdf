// One pass: sums of boxes and of neighbouring differences. The rest works on the small picture.
#include "media/luma.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "media/phash.h"

namespace sensorium::media {
namespace {

constexpr int largest_box = 8;
constexpr int least_small_side = 64;  // the hash looks at 32 x 32: twice that is enough
constexpr int sharp_row_step = 4;

struct Small {
  Size size;
  std::vector<std::uint8_t> samples;
  double sharpness = 0;
};

int box_of(Size size) { return std::clamp(size.short_side() / least_small_side, 1, largest_box); }

/// Sums `count` boxes of `box` neighbouring samples of a row onto `sums`.
template <class Sample>
void add_row(const Sample* row, int count, int box, std::uint32_t* sums) {
  if (box == largest_box) {  // the usual case, with a constant the compiler can unroll
    for (int i = 0; i < count; ++i, row += largest_box)
      for (int k = 0; k < largest_box; ++k) sums[i] += row[k];
    return;
  }
  for (int i = 0; i < count; ++i, row += box)
    for (int k = 0; k < box; ++k) sums[i] += row[k];
}

template <class Sample>
std::int64_t row_difference(const Sample* row, int width) {
  std::int64_t sum = 0;
  for (int x = 1; x < width; ++x) sum += std::abs(static_cast<int>(row[x]) - static_cast<int>(row[x - 1]));
  return sum;
}

/// From stored sample sums to 0..255 full range.
struct Scale {
  double factor, offset;
  explicit Scale(const LumaPlane& plane) {
    const double depth = std::ldexp(1.0, plane.bits - 8 + plane.shift);
    constexpr double black = 16, white = 235, top = 255;
    const double gain = plane.full_range ? 1 : top / (white - black);
    factor = gain / depth;
    offset = plane.full_range ? 0 : -black * gain;
  }
  std::uint8_t operator()(double sample) const {
    return static_cast<std::uint8_t>(std::clamp(sample * factor + offset + 0.5, 0.0, 255.0));
  }
};

template <class Sample>
Small shrink(const LumaPlane& plane) {
  const int box = box_of(plane.size);
  Small small;
  small.size = {plane.size.width / box, plane.size.height / box};
  small.samples.reserve(static_cast<std::size_t>(small.size.pixels()));
  const Scale scale(plane);
  std::vector<std::uint32_t> sums(static_cast<std::size_t>(small.size.width));
  std::int64_t difference = 0, compared = 0;
  for (int y = 0; y < small.size.height; ++y) {
    std::ranges::fill(sums, 0U);
    for (int k = 0; k < box; ++k) {
      const int line = y * box + k;
      const auto* row = reinterpret_cast<const Sample*>(plane.data + line * plane.stride);
      add_row(row, small.size.width, box, sums.data());
      if (line % sharp_row_step != 0) continue;
      difference += row_difference(row, plane.size.width);
      compared += plane.size.width - 1;
    }
    for (const std::uint32_t sum : sums)
      small.samples.push_back(scale(static_cast<double>(sum) / (box * box)));
  }
  if (compared > 0)
    small.sharpness = static_cast<double>(difference) / static_cast<double>(compared) * scale.factor;
  return small;
}

Small turned(Small small, int rotation) {
  constexpr int right = 90, over = 180, left = 270;
  if (rotation != right && rotation != over && rotation != left) return small;
  Small out;
  out.sharpness = small.sharpness;
  const int w = small.size.width, h = small.size.height;
  out.size = rotation == over ? small.size : Size{h, w};
  out.samples.resize(small.samples.size());
  for (int y = 0; y < h; ++y)
    for (int x = 0; x < w; ++x) {
      const int to_x = rotation == right ? h - 1 - y : rotation == over ? w - 1 - x : y;
      const int to_y = rotation == right ? x : rotation == over ? h - 1 - y : w - 1 - x;
      out.samples[static_cast<std::size_t>(to_y) * static_cast<std::size_t>(out.size.width) +
                  static_cast<std::size_t>(to_x)] =
          small.samples[static_cast<std::size_t>(y) * static_cast<std::size_t>(w) +
                        static_cast<std::size_t>(x)];
    }
  return out;
}

void fill_thumb(const Small& small, LumaFacts& facts) {
  for (int y = 0; y < thumb_height; ++y)
    for (int x = 0; x < thumb_width; ++x) {
      const int x0 = x * small.size.width / thumb_width, y0 = y * small.size.height / thumb_height;
      const int x1 = std::max(x0 + 1, (x + 1) * small.size.width / thumb_width);
      const int y1 = std::max(y0 + 1, (y + 1) * small.size.height / thumb_height);
      int sum = 0;
      for (int j = y0; j < y1; ++j)
        for (int i = x0; i < x1; ++i)
          sum += small.samples[static_cast<std::size_t>(j) * static_cast<std::size_t>(small.size.width) +
                               static_cast<std::size_t>(i)];
      facts.thumb[static_cast<std::size_t>(y * thumb_width + x)] =
          static_cast<std::uint8_t>(sum / ((x1 - x0) * (y1 - y0)));
    }
}

void fill_statistics(const Small& small, LumaFacts& facts) {
  double sum = 0, squares = 0;
  for (const std::uint8_t sample : small.samples) {
    sum += sample;
    squares += static_cast<double>(sample) * sample;
  }
  const auto count = static_cast<double>(small.samples.size());
  facts.mean = sum / count;
  facts.deviation = std::sqrt(std::max(0.0, squares / count - facts.mean * facts.mean));
}

}  // namespace

LumaFacts measure_luma(const LumaPlane& plane) {
  LumaFacts facts;
  if (!plane.data || plane.size.width < 1 || plane.size.height < 1) return facts;
  const Small small =
      turned(plane.bits > 8 ? shrink<std::uint16_t>(plane) : shrink<std::uint8_t>(plane), plane.rotation);
  facts.sharpness = small.sharpness;
  facts.phash = phash_of(small.samples.data(), small.size, 1);
  fill_thumb(small, facts);
  fill_statistics(small, facts);
  return facts;
}

double thumb_difference(const LumaFacts& a, const LumaFacts& b) noexcept {
  int sum = 0;
  for (std::size_t i = 0; i < a.thumb.size(); ++i) sum += std::abs(int{a.thumb[i]} - int{b.thumb[i]});
  return static_cast<double>(sum) / static_cast<double>(a.thumb.size());
}

int hash_distance(std::uint64_t a, std::uint64_t b) noexcept { return std::popcount(a ^ b); }

}  // namespace sensorium::media
