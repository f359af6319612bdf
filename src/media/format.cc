// The table of formats, made from formats.def.
#include "media/format.h"

#include <array>

namespace sensorium::media {

#define SN_FORMAT(name) extern const FormatDef name##_format;
#include "media/formats.def"
#undef SN_FORMAT

std::span<const FormatDef* const> formats() noexcept {
#define SN_FORMAT(name) &name##_format,
  static constexpr std::array table{
#include "media/formats.def"
  };
#undef SN_FORMAT
  return table;
}

const FormatDef* sniff(std::string_view bytes) noexcept {
  for (const FormatDef* format : formats())
    if (format->sniff(bytes)) return format;
  return nullptr;
}

}  // namespace sensorium::media
