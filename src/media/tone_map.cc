// SMPTE ST 2084, ITU-R BT.2100 (HLG) and BT.2087 (primaries).
#include "media/tone_map.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace sensorium::media {
namespace {

constexpr std::size_t steps = 4096;  // of the 16-bit input; finer than 10 bits
constexpr float sdr_white = 203, peak = 1000 / sdr_white;

float from_pq(float signal) {
  constexpr float m1 = 2610.0F / 16384, m2 = 2523.0F / 4096 * 128, c1 = 3424.0F / 4096,
                  c2 = 2413.0F / 4096 * 32, c3 = 2392.0F / 4096 * 32, top = 10000;
  const float p = std::pow(signal, 1 / m2);
  return top * std::pow(std::max(p - c1, 0.0F) / (c2 - c3 * p), 1 / m1) / sdr_white;
}

float from_hlg(float signal) {
  constexpr float a = 0.17883277F, b = 1 - 4 * a, c = 0.55991073F, system_gamma = 1.2F, top = 1000;
  const float scene = signal <= 0.5F ? signal * signal / 3 : (std::exp((signal - c) / a) + b) / 12;
  return top * std::pow(scene, system_gamma) / sdr_white;
}

std::array<float, steps> table_of(HdrCurve curve) {
  std::array<float, steps> table;
  for (std::size_t i = 0; i < steps; ++i) {
    const float signal = static_cast<float>(i) / (steps - 1);
    table[i] = curve == HdrCurve::pq ? from_pq(signal) : from_hlg(signal);
  }
  return table;
}

std::array<std::uint8_t, steps> gamma_table() {
  std::array<std::uint8_t, steps> table;
  for (std::size_t i = 0; i < steps; ++i) {
    const float light = static_cast<float>(i) / (steps - 1);
    const float signal = light <= 0.0031308F ? 12.92F * light : 1.055F * std::pow(light, 1 / 2.4F) - 0.055F;
    table[i] = static_cast<std::uint8_t>(signal * 255 + 0.5F);
  }
  return table;
}

float rolled_off(float light) { return light * (1 + light / (peak * peak)) / (1 + light); }

}  // namespace

std::vector<std::uint8_t> tone_map(std::span<const std::uint8_t> rgb48, HdrCurve curve) {
  static const auto pq = table_of(HdrCurve::pq), hlg = table_of(HdrCurve::hlg);
  static const auto gamma = gamma_table();
  const auto& light_of = curve == HdrCurve::pq ? pq : hlg;
  const std::size_t pixels = rgb48.size() / 6;
  std::vector<std::uint8_t> out(pixels * 3);
  constexpr int lost_bits = 4;
  const auto light = [&](std::size_t at) {
    return light_of[static_cast<std::size_t>((rgb48[at] | rgb48[at + 1] << 8) >> lost_bits)];
  };
  const auto code = [&](float value) {
    return gamma[static_cast<std::size_t>(std::clamp(value, 0.0F, 1.0F) * (steps - 1))];
  };
  for (std::size_t i = 0; i < pixels; ++i) {
    const float r = light(i * 6), g = light(i * 6 + 2), b = light(i * 6 + 4);
    const float most = std::max({r, g, b, 1e-6F});
    // The brightest channel sets the scale, so that colours keep their hue.
    const float scale = rolled_off(most) / rolled_off(1) / most;
    out[i * 3] = code((1.6605F * r - 0.5876F * g - 0.0728F * b) * scale);
    out[i * 3 + 1] = code((-0.1246F * r + 1.1329F * g - 0.0083F * b) * scale);
    out[i * 3 + 2] = code((-0.0182F * r - 0.1006F * g + 1.1187F * b) * scale);
  }
  return out;
}

}  // namespace sensorium::media
