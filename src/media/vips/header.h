// Headers that only libvips reads for us (TIFF, HEIC, AVIF). No libvips type leaves this folder.
#pragma once

#include <string>

#include "media/picture.h"

namespace sensorium::media::vips {

/// Size, orientation, alpha and depth; no pixel is decoded. `what` names the format in the error.
Result<PictureFacts> read_header(std::string_view bytes, std::string_view what);

/// The EXIF block of a picture, "" when it has none or cannot be read.
std::string read_exif(std::string_view bytes);

}  // namespace sensorium::media::vips
