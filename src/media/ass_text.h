// Plain text of one dialogue line of Advanced SubStation Alpha, which FFmpeg makes of every text subtitle.
#pragma once

#include <string>
#include <string_view>

namespace sensorium::media {

/// "0,0,Default,,0,0,0,,{\i1}Hello\Nthere" -> "Hello\nthere". Never fails.
std::string plain_text_of_ass(std::string_view line);

}  // namespace sensorium::media
