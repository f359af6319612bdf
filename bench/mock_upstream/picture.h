// What the first and last bytes of a picture say: its true type, size and whether its end is there.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace sensorium::mock {

struct PictureFacts {
  std::string mime;  ///< image/jpeg, image/png, image/gif or image/webp
  int width = 0, height = 0;
};

/// Errors: a sentence; nothing is decoded.
std::expected<PictureFacts, std::string> read_picture(std::string_view bytes);

/// Strict: standard alphabet, full padding, zero trailing bits. Errors: names the offset.
std::expected<std::string, std::string> decode_base64(std::string_view text);

}  // namespace sensorium::mock
