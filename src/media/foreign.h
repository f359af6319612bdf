// What bytes that are no picture of ours look like, so that the refusal can name it and the way out.
#pragma once

#include <string_view>

#include "base/result.h"

namespace sensorium::media {

/// unsupported_media that names what `bytes` look like (SVG, PDF, video, HTML, ...) and what to do.
Error refuse_foreign(std::string_view bytes);

}  // namespace sensorium::media
