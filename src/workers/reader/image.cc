// Scaling, turning and straightening.
#include "workers/reader/image.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace sensorium::reader {
namespace {

constexpr float area_from = 1.5F;

/// For each output position of one axis: the first source index and the weights of its neighbours.
struct Axis {
  std::vector<int> first;
  std::vector<float> weights;
  int taps = 2;
};

Axis bilinear_axis(int from, int to) {
  Axis axis;
  const float scale = static_cast<float>(from) / static_cast<float>(to);
  for (int i = 0; i < to; ++i) {
    const float at = std::max((static_cast<float>(i) + 0.5F) * scale - 0.5F, 0.0F);
    const int low = std::min(static_cast<int>(at), from - 1);
    const int first = std::max(std::min(low, from - 2), 0);
    const float share = from == 1 ? 0 : std::min(at - static_cast<float>(first), 1.0F);
    axis.first.push_back(first);
    axis.weights.push_back(1 - share);
    axis.weights.push_back(share);
  }
  return axis;
}

Axis area_axis(int from, int to) {
  Axis axis;
  const float scale = static_cast<float>(from) / static_cast<float>(to);
  axis.taps = static_cast<int>(std::ceil(scale)) + 1;
  for (int i = 0; i < to; ++i) {
    const float low = static_cast<float>(i) * scale;
    const float high = low + scale;
    const int first = std::max(std::min(static_cast<int>(low), from - axis.taps), 0);
    axis.first.push_back(first);
    for (int k = 0; k < axis.taps; ++k) {
      const float left = std::max(low, static_cast<float>(first + k));
      const float right = std::min(high, static_cast<float>(first + k + 1));
      axis.weights.push_back(std::max(right - left, 0.0F) / scale);
    }
  }
  return axis;
}

Axis make_axis(int from, int to) {
  auto axis = static_cast<float>(from) > area_from * static_cast<float>(to) ? area_axis(from, to)
                                                                            : bilinear_axis(from, to);
  axis.taps = std::min(axis.taps, std::max(from, 1));
  return axis;
}

std::uint8_t to_byte(float value) noexcept {
  return static_cast<std::uint8_t>(std::clamp(value + 0.5F, 0.0F, 255.0F));
}

/// Keys' cubic kernel with a = -0.75, as OpenCV has it.
std::array<float, 4> cubic(float t) noexcept {
  constexpr float a = -0.75F;
  const auto inner = [](float x) { return ((a + 2) * x - (a + 3)) * x * x + 1; };
  const auto outer = [](float x) { return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a; };
  return {outer(t + 1), inner(t), inner(1 - t), outer(2 - t)};
}

std::size_t offset(const Image& image, int x, int y) noexcept {
  return (static_cast<std::size_t>(y) * static_cast<std::size_t>(image.size.width) +
          static_cast<std::size_t>(x)) *
         3;
}

void sample(const Image& from, Point p, std::uint8_t* out) noexcept {
  const int w = from.size.width, h = from.size.height;
  // Far outside or not a number: any edge pixel will do, but never an index that overflows.
  const float x = std::isfinite(p.x) ? std::clamp(p.x, -1.0F, static_cast<float>(w)) : 0;
  const float y = std::isfinite(p.y) ? std::clamp(p.y, -1.0F, static_cast<float>(h)) : 0;
  const int ix = static_cast<int>(std::floor(x)), iy = static_cast<int>(std::floor(y));
  const auto wx = cubic(x - static_cast<float>(ix)), wy = cubic(y - static_cast<float>(iy));
  std::array<float, 3> sum{};
  for (int j = 0; j < 4; ++j) {
    const int row = std::clamp(iy + j - 1, 0, h - 1);
    for (int i = 0; i < 4; ++i) {
      const auto* source = &from.rgb[offset(from, std::clamp(ix + i - 1, 0, w - 1), row)];
      const float weight = wx[static_cast<std::size_t>(i)] * wy[static_cast<std::size_t>(j)];
      for (std::size_t c = 0; c < 3; ++c) sum[c] += weight * static_cast<float>(source[c]);
    }
  }
  for (std::size_t c = 0; c < 3; ++c) out[c] = to_byte(sum[c]);
}

}  // namespace

Image blank(media::Size size, std::uint8_t value) {
  return {size, std::vector<std::uint8_t>(static_cast<std::size_t>(size.pixels()) * 3, value)};
}

Image resized(const Image& from, media::Size to) {
  SN_CHECK(from.size.width > 0 && from.size.height > 0 && to.width > 0 && to.height > 0);
  if (from.size == to) return from;
  const auto across = make_axis(from.size.width, to.width);
  const auto down = make_axis(from.size.height, to.height);
  const auto row_size = static_cast<std::size_t>(to.width) * 3;
  // Rows are scaled sideways once each, when the first output row needs them.
  std::vector<float> rows(row_size * static_cast<std::size_t>(from.size.height));
  int ready = 0;
  const auto fill = [&](int y) {
    float* out = &rows[row_size * static_cast<std::size_t>(y)];
    const auto* source = &from.rgb[offset(from, 0, y)];
    for (int x = 0; x < to.width; ++x) {
      const float* weights =
          &across.weights[static_cast<std::size_t>(x) * (across.weights.size() / across.first.size())];
      const auto* pixel = source + static_cast<std::size_t>(across.first[static_cast<std::size_t>(x)]) * 3;
      float r = 0, g = 0, b = 0;
      for (int k = 0; k < across.taps; ++k, pixel += 3) {
        r += weights[k] * pixel[0];
        g += weights[k] * pixel[1];
        b += weights[k] * pixel[2];
      }
      *out++ = r;
      *out++ = g;
      *out++ = b;
    }
  };
  auto out = blank(to, 0);
  std::vector<float> sum(row_size);
  for (int y = 0; y < to.height; ++y) {
    const float* weights =
        &down.weights[static_cast<std::size_t>(y) * (down.weights.size() / down.first.size())];
    const int first = down.first[static_cast<std::size_t>(y)];
    for (; ready < std::min(first + down.taps, from.size.height); ++ready) fill(ready);
    std::ranges::fill(sum, 0.0F);
    for (int k = 0; k < down.taps; ++k) {
      const float* row = &rows[row_size * static_cast<std::size_t>(first + k)];
      for (std::size_t i = 0; i < row_size; ++i) sum[i] += weights[k] * row[i];
    }
    std::ranges::transform(sum, &out.rgb[offset(out, 0, y)], to_byte);
  }
  return out;
}

Image rotated(const Image& from, int quarter_turns) {
  quarter_turns &= 3;
  if (quarter_turns == 0) return from;
  auto out = blank(turned(from.size, quarter_turns), 0);
  const int w = from.size.width, h = from.size.height;
  for (int y = 0; y < out.size.height; ++y) {
    auto* target = &out.rgb[offset(out, 0, y)];
    for (int x = 0; x < out.size.width; ++x, target += 3) {
      const auto source = quarter_turns == 1   ? offset(from, y, h - 1 - x)
                          : quarter_turns == 2 ? offset(from, w - 1 - x, h - 1 - y)
                                               : offset(from, w - 1 - y, x);
      std::copy_n(&from.rgb[source], 3, target);
    }
  }
  return out;
}

Image cropped(const Image& from, int left, int top, media::Size size) {
  auto out = blank(size, 0);
  for (int y = 0; y < size.height; ++y) {
    const int row = std::clamp(top + y, 0, from.size.height - 1);
    auto* target = &out.rgb[offset(out, 0, y)];
    for (int x = 0; x < size.width; ++x, target += 3)
      std::copy_n(&from.rgb[offset(from, std::clamp(left + x, 0, from.size.width - 1), row)], 3, target);
  }
  return out;
}

Image straightened(const Image& from, const Quad& quad, media::Size size) {
  auto out = blank(size, 0);
  const auto map = rectangle_to(quad, static_cast<float>(size.width), static_cast<float>(size.height));
  for (int y = 0; y < size.height; ++y) {
    auto* target = &out.rgb[offset(out, 0, y)];
    for (int x = 0; x < size.width; ++x, target += 3)
      sample(from, apply(map, {static_cast<float>(x), static_cast<float>(y)}), target);
  }
  return out;
}

Grey grey(const Image& from) {
  Grey out{from.size, std::vector<std::uint8_t>(from.rgb.size() / 3)};
  for (std::size_t i = 0; i < out.values.size(); ++i) {
    const auto* p = &from.rgb[3 * i];
    out.values[i] = static_cast<std::uint8_t>((p[0] * 299 + p[1] * 587 + p[2] * 114 + 500) / 1000);
  }
  return out;
}

void to_planes(const Image& from, std::span<float> out, std::size_t row, std::size_t plane) {
  const auto w = static_cast<std::size_t>(from.size.width);
  const auto h = static_cast<std::size_t>(from.size.height);
  SN_CHECK(row >= w && plane >= row * h && out.size() >= 3 * plane);
  for (std::size_t y = 0; y < h; ++y) {
    const auto* source = &from.rgb[y * w * 3];
    float* target = &out[y * row];
    for (std::size_t x = 0; x < w; ++x, source += 3) {
      for (std::size_t c = 0; c < 3; ++c)
        target[c * plane + x] = static_cast<float>(source[2 - c]) / 127.5F - 1;
    }
  }
}

}  // namespace sensorium::reader
