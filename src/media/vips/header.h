// Headers that only libvips reads for us (TIFF, HEIC, AVIF). No libvips type leaves this folder.
#pragma once

#include "media/picture.h"

namespace sensorium::media::vips {

/// Size, orientation, alpha and depth; no pixel is decoded. `what` names the format in the error.
Result<PictureFacts> read_header(std::string_view bytes, std::string_view what);

}  // namespace sensorium::media::vips
