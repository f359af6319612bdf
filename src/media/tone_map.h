// HDR to SDR for looking at, not for mastering: BT.2020 light by PQ or HLG to BT.709 with its gamma.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sensorium::media {

enum class HdrCurve : std::uint8_t { pq, hlg };

/// `rgb48`: 16-bit little-endian BT.2020 RGB, interleaved. 8-bit sRGB of the same pixels. Highlights above
/// SDR white (203 cd/m2, ITU-R BT.2408) are rolled off (extended Reinhard, white at 1000 cd/m2).
std::vector<std::uint8_t> tone_map(std::span<const std::uint8_t> rgb48, HdrCurve curve);

}  // namespace sensorium::media
