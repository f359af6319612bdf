// ISO base media files (HEIC, AVIF, MP4, MOV, M4A) share one beginning; the brand tells them apart.
#pragma once

#include <cstdint>
#include <string_view>

namespace sensorium::media {

enum class IsoKind : std::uint8_t { none, heic, avif, audio, video };

/// What the `ftyp` box at the start of `bytes` announces.
IsoKind iso_kind(std::string_view bytes) noexcept;

}  // namespace sensorium::media
