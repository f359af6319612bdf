// SSIM row by row: a ring of eleven rows that are smoothed across, smoothed down as the window moves on.
// Samples are taken around 128, so that floats keep their digits in the variances.
#include <algorithm>
#include <array>
#include <cmath>

#include "media/compare.h"

namespace sensorium::media {
namespace {

constexpr int radius = 5, window = 2 * radius + 1;  // as SciPy: int(3.5 * 1.5 + 0.5)
constexpr double sigma = 1.5, k1 = 0.01, k2 = 0.03, range = 255;
constexpr float middle = 128;
constexpr std::size_t planes = 5;  // a, b, aa, bb, ab
constexpr int poll_rows = 64;

using Row = std::vector<float>;
using Rows = std::array<Row, planes>;

std::array<float, window> kernel() {
  std::array<float, window> out{};
  double sum = 0;
  for (int i = -radius; i <= radius; ++i) sum += std::exp(-i * i / (2 * sigma * sigma));
  for (int i = -radius; i <= radius; ++i)
    out[static_cast<std::size_t>(i + radius)] =
        static_cast<float>(std::exp(-i * i / (2 * sigma * sigma)) / sum);
  return out;
}

/// Index of a sample beyond an edge: mirrored, the edge sample twice (SciPy's "reflect").
int mirrored(int at, int length) {
  const int period = 2 * length;
  at = ((at % period) + period) % period;
  return at < length ? at : period - 1 - at;
}

class Ssim {
 public:
  Ssim(const std::vector<std::uint8_t>& first, const std::vector<std::uint8_t>& second, Size size)
      : first_(first), second_(second), size_(size), weights_(kernel()) {
    const auto width = static_cast<std::size_t>(size.width);
    for (auto& plane : padded_) plane.resize(width + 2 * radius);
    for (auto& rows : ring_)
      for (auto& row : rows) row.resize(width);
    for (auto& row : smooth_) row.resize(width);
  }

  Result<double> mean(const CallContext& ctx) {
    const bool small = size_.width < window || size_.height < window;
    const int top = small ? 0 : radius, bottom = size_.height - top;
    const int left = small ? 0 : radius, right = size_.width - left;
    for (int y = top - radius; y < top + radius; ++y) across(y);
    double sum = 0;
    for (int y = top; y < bottom; ++y) {
      if (y % poll_rows == 0) SN_TRY(ctx.check());
      across(y + radius);
      down(y);
      sum += row_sum(left, right);
    }
    return sum / (static_cast<double>(bottom - top) * (right - left));
  }

 private:
  Rows& slot(int y) { return ring_[static_cast<std::size_t>(y + 2 * window) % window]; }

  /// Row `y` (may lie outside) smoothed across into its place in the ring.
  void across(int y) {
    const auto offset =
        static_cast<std::size_t>(mirrored(y, size_.height)) * static_cast<std::size_t>(size_.width);
    for (int x = -radius; x < size_.width + radius; ++x) {
      const auto from = offset + static_cast<std::size_t>(mirrored(x, size_.width));
      const float a = static_cast<float>(first_[from]) - middle,
                  b = static_cast<float>(second_[from]) - middle;
      const auto to = static_cast<std::size_t>(x + radius);
      padded_[0][to] = a, padded_[1][to] = b;
      padded_[2][to] = a * a, padded_[3][to] = b * b, padded_[4][to] = a * b;
    }
    Rows& rows = slot(y);
    for (std::size_t p = 0; p < planes; ++p) {
      std::ranges::fill(rows[p], 0.0F);
      for (std::size_t k = 0; k < window; ++k) add(rows[p], padded_[p].data() + k, weights_[k]);
    }
  }

  static void add(Row& to, const float* from, float weight) {
    for (std::size_t x = 0; x < to.size(); ++x) to[x] += weight * from[x];
  }

  void down(int y) {
    for (std::size_t p = 0; p < planes; ++p) {
      std::ranges::fill(smooth_[p], 0.0F);
      for (int k = 0; k < window; ++k)
        add(smooth_[p], slot(y - radius + k)[p].data(), weights_[static_cast<std::size_t>(k)]);
    }
  }

  double row_sum(int left, int right) const {
    constexpr auto c1 = static_cast<float>(k1 * range * k1 * range),
                   c2 = static_cast<float>(k2 * range * k2 * range);
    double sum = 0;
    for (auto x = static_cast<std::size_t>(left); x < static_cast<std::size_t>(right); ++x) {
      const float a = smooth_[0][x], b = smooth_[1][x];
      const float va = smooth_[2][x] - a * a, vb = smooth_[3][x] - b * b, vab = smooth_[4][x] - a * b;
      const float ma = a + middle, mb = b + middle;
      sum += static_cast<double>((2 * ma * mb + c1) * (2 * vab + c2) /
                                 ((ma * ma + mb * mb + c1) * (va + vb + c2)));
    }
    return sum;
  }

  const std::vector<std::uint8_t>&first_, &second_;
  Size size_;
  std::array<float, window> weights_;
  Rows padded_, smooth_;
  std::array<Rows, window> ring_;
};

}  // namespace

Result<double> ssim(const CallContext& ctx, const std::vector<std::uint8_t>& first,
                    const std::vector<std::uint8_t>& second, Size size) {
  const auto pixels = static_cast<std::size_t>(size.pixels());
  if (pixels == 0 || first.size() != pixels || second.size() != pixels)
    return Error(Code::internal, "SSIM needs two planes of one size");
  return Ssim(first, second, size).mean(ctx);
}

}  // namespace sensorium::media
