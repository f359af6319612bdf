// A contact sheet: small pictures side by side in one JPEG.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "media/prepare.h"

namespace sensorium::media {

/// `pictures` are JPEGs, row by row, each in a cell as large as the first one. Blocking. Errors:
/// invalid_request when there is none, corrupt_media.
Result<std::string> contact_sheet(const CallContext& ctx,
                                  std::span<const std::shared_ptr<const std::string>> pictures, int columns);

}  // namespace sensorium::media
