// phash as Python's imagehash 4.3.2 computes it: Pillow's "L", Pillow's 8-bit Lanczos to 32 x 32, DCT-II
// without scaling, 8 x 8 lowest terms against their median. Surprising: the rounding of each of
// Pillow's steps is part of the result. See NOTE [Terms that are zero] and NOTE [Order of the passes].
#include "media/phash.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
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

/// Sums of `row` under each window, `stride` apart in `out`.
[[gnu::always_inline]] inline void weigh_body(const std::uint8_t* row,
                                              const std::array<Window, side>& windows, std::uint8_t* out,
                                              std::size_t stride) {
  for (const auto& window : windows) {
    std::int32_t sum = 1 << (weight_bits - 1);
    const std::uint8_t* samples = row + window.first;
    const std::int32_t* weights = window.weights.data();
    const std::size_t count = window.weights.size();
    for (std::size_t k = 0; k < count; ++k) sum += samples[k] * weights[k];
    *out = rounded(sum);
    out += stride;
  }
}

/// The luma weights of ITU-R BT.601 in 16 bits, as Pillow's convert("L").
[[gnu::always_inline]] inline void luma_body(const std::uint8_t* rgb, std::uint8_t* out, int count) {
  for (int x = 0; x < count; ++x, rgb += 3)
    out[x] = static_cast<std::uint8_t>((rgb[0] * 19595U + rgb[1] * 38470U + rgb[2] * 7471U + 0x8000U) >> 16);
}

struct Kernels {
  void (*weigh)(const std::uint8_t*, const std::array<Window, side>&, std::uint8_t*, std::size_t);
  void (*luma)(const std::uint8_t*, std::uint8_t*, int);
};

void weigh_plain(const std::uint8_t* row, const std::array<Window, side>& windows, std::uint8_t* out,
                 std::size_t stride) {
  weigh_body(row, windows, out, stride);
}
void luma_plain(const std::uint8_t* rgb, std::uint8_t* out, int count) { luma_body(rgb, out, count); }

#ifdef __x86_64__
// The same code; the compiler makes eight lanes of it.
[[gnu::target("avx2")]] void weigh_avx2(const std::uint8_t* row, const std::array<Window, side>& windows,
                                        std::uint8_t* out, std::size_t stride) {
  weigh_body(row, windows, out, stride);
}
[[gnu::target("avx2")]] void luma_avx2(const std::uint8_t* rgb, std::uint8_t* out, int count) {
  luma_body(rgb, out, count);
}
#endif

Kernels kernels() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2")) return {weigh_avx2, luma_avx2};
#endif
  return {weigh_plain, luma_plain};
}

using Square = std::array<std::array<double, side>, side>;

// NOTE [Order of the passes]: horizontal first, as Pillow before version 13. Later versions scale what is
// much taller than wide vertically first, which changes a few bits of the hash of such pictures.
Square shrunk_luma(const std::uint8_t* samples, Size size, int channels) {
  const auto kernel = kernels();
  const auto across = windows(size.width), down = windows(size.height);
  const auto height = static_cast<std::size_t>(size.height);
  const auto row_bytes = static_cast<std::size_t>(size.width) * static_cast<std::size_t>(channels);
  std::vector<std::uint8_t> row(static_cast<std::size_t>(size.width));
  // Transposed, so that the vertical pass runs over neighbours as well.
  std::vector<std::uint8_t> columns(side * height);
  for (std::size_t y = 0; y < height; ++y, samples += row_bytes) {
    if (channels == 3) kernel.luma(samples, row.data(), size.width);
    else std::memcpy(row.data(), samples, row.size());
    kernel.weigh(row.data(), across, columns.data() + y, height);
  }
  std::array<std::uint8_t, side * side> turned;
  for (std::size_t x = 0; x < side; ++x)
    kernel.weigh(columns.data() + x * height, down, turned.data() + x, side);
  Square square;
  for (std::size_t i = 0; i < side * side; ++i) square[i / side][i % side] = turned[i];
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

std::uint64_t phash_of(const std::uint8_t* samples, Size size, int channels) {
  if (size.width <= 0 || size.height <= 0) return 0;
  const auto terms = low_terms(shrunk_luma(samples, size, channels));
  auto sorted = terms;
  std::ranges::sort(sorted);
  const double median = (sorted[low * low / 2 - 1] + sorted[low * low / 2]) / 2;
  std::uint64_t hash = 0;
  for (double term : terms) hash = hash << 1 | (term > median ? 1U : 0U);
  return hash;
}

std::uint64_t phash(const Pixels& pixels) { return phash_of(pixels.rgb.data(), pixels.size, 3); }

}  // namespace sensorium::media
