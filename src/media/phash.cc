// phash as Python's imagehash 4.3.2 computes it: Pillow's "L", Pillow's 8-bit Lanczos to 32 x 32, DCT-II
// without scaling, 8 x 8 lowest terms against their median. Surprising: the rounding of each of
// Pillow's steps is part of the result; see NOTE [Terms that are zero].
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "media/prepare.h"

namespace sensorium::media {
namespace {

constexpr int side = 32, low = 8;
constexpr double lanczos_support = 3;
constexpr int weight_bits = 22;
// Below this, a term of a DCT of bytes can only be rounding noise.
constexpr double noise = 1e-6;

double sinc(double x) {
  if (x == 0) return 1;
  x *= std::numbers::pi;
  return std::sin(x) / x;
}

double lanczos(double x) {
  return x >= -lanczos_support && x < lanczos_support ? sinc(x) * sinc(x / lanczos_support) : 0;
}

/// The weighted run of input samples that makes one output sample.
struct Window {
  int first = 0;
  std::vector<std::int32_t> weights;
};

/// Pillow's precompute_coeffs and normalize_coeffs_8bpc (libImaging/Resample.c).
std::array<Window, side> windows(int length) {
  const double scale = static_cast<double>(length) / side;
  const double filter_scale = std::max(scale, 1.0), support = lanczos_support * filter_scale;
  std::array<Window, side> all;
  for (int i = 0; i < side; ++i) {
    const double center = (i + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(center - support + 0.5));
    const int count = std::min(length, static_cast<int>(center + support + 0.5)) - first;
    std::vector<double> exact(static_cast<std::size_t>(count));
    double sum = 0;
    for (int k = 0; k < count; ++k) {
      exact[static_cast<std::size_t>(k)] = lanczos((k + first - center + 0.5) * (1.0 / filter_scale));
      sum += exact[static_cast<std::size_t>(k)];
    }
    auto& window = all[static_cast<std::size_t>(i)];
    window.first = first;
    for (double weight : exact) {
      if (sum != 0) weight /= sum;
      const double fixed = weight * (1 << weight_bits);
      window.weights.push_back(static_cast<std::int32_t>(weight < 0 ? -0.5 + fixed : 0.5 + fixed));
    }
  }
  return all;
}

std::uint8_t rounded(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> weight_bits, 0, 255));
}

std::int32_t weigh(const std::uint8_t* samples, const Window& window) {
  std::int32_t sum = 1 << (weight_bits - 1);
  const auto count = window.weights.size();
  for (std::size_t k = 0; k < count; ++k) sum += samples[k] * window.weights[k];
  return sum;
}

/// The luma weights of ITU-R BT.601 in 16 bits, as Pillow's convert("L").
void luma(const std::uint8_t* rgb, std::uint8_t* out, int count) {
  for (int x = 0; x < count; ++x, rgb += 3)
    out[x] = static_cast<std::uint8_t>((rgb[0] * 19595U + rgb[1] * 38470U + rgb[2] * 7471U + 0x8000U) >> 16);
}

using Square = std::array<std::array<double, side>, side>;

Square shrunk_luma(const Pixels& pixels) {
  const auto [width, height] = pixels.size;
  const auto across = windows(width), down = windows(height);
  std::vector<std::uint8_t> row(static_cast<std::size_t>(width));
  // Transposed, so that the vertical pass runs over neighbours as well.
  std::vector<std::uint8_t> columns(static_cast<std::size_t>(side) * static_cast<std::size_t>(height));
  for (int y = 0; y < height; ++y) {
    luma(pixels.rgb.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width) * 3, row.data(),
         width);
    for (std::size_t x = 0; x < side; ++x)
      columns[x * static_cast<std::size_t>(height) + static_cast<std::size_t>(y)] =
          rounded(weigh(row.data() + across[x].first, across[x]));
  }
  Square square;
  for (std::size_t x = 0; x < side; ++x)
    for (std::size_t y = 0; y < side; ++y)
      square[y][x] =
          rounded(weigh(columns.data() + x * static_cast<std::size_t>(height) + down[y].first, down[y]));
  return square;
}

/// The `low` x `low` terms of the two-dimensional DCT-II: y[k] = 2 sum x[n] cos(pi k (2n+1) / 64).
std::array<double, low * low> low_terms(const Square& square) {
  static const auto cosines = [] {
    std::array<std::array<double, side>, low> table;
    for (std::size_t k = 0; k < low; ++k)
      for (std::size_t n = 0; n < side; ++n)
        table[k][n] = 2 * std::cos(std::numbers::pi * static_cast<double>(k * (2 * n + 1)) / (2 * side));
    return table;
  }();
  std::array<double, low * low> terms{};
  for (std::size_t v = 0; v < low; ++v) {
    std::array<double, side> column{};
    for (std::size_t y = 0; y < side; ++y)
      for (std::size_t x = 0; x < side; ++x) column[x] += square[y][x] * cosines[v][y];
    for (std::size_t u = 0; u < low; ++u) {
      double sum = 0;
      for (std::size_t x = 0; x < side; ++x) sum += column[x] * cosines[u][x];
      // NOTE [Terms that are zero]: flat and mirrored pictures have terms of exactly 0 in scipy's FFT and
      // of 1e-13 here; the median is then 0 and the sign of noise would become bits.
      terms[v * low + u] = std::abs(sum) < noise ? 0 : sum;
    }
  }
  return terms;
}

}  // namespace

std::uint64_t phash(const Pixels& pixels) {
  if (pixels.size.width <= 0 || pixels.size.height <= 0) return 0;
  const auto terms = low_terms(shrunk_luma(pixels));
  auto sorted = terms;
  std::ranges::sort(sorted);
  const double median = (sorted[low * low / 2 - 1] + sorted[low * low / 2]) / 2;
  std::uint64_t hash = 0;
  for (double term : terms) hash = hash << 1 | (term > median ? 1U : 0U);
  return hash;
}

}  // namespace sensorium::media
