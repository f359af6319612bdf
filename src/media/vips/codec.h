// Pixels in and out through libvips: decode with shrinking, scale, encode. No libvips type leaves this
// folder.
#pragma once

#include <string>

#include "base/call_context.h"
#include "media/raster.h"

namespace sensorium::media::vips {

/// Upright 8-bit sRGB or grey pixels, alpha blended on white, at most `target` (upright). A little
/// smaller (down to 90 %) where the JPEG decoder can shrink by itself, which is three times faster.
/// Polls `ctx` between strips; a HEIC, AVIF or WebP is decoded in one go. Errors: corrupt_media.
Result<Raster> decode(const CallContext& ctx, const Picture& picture, Size target);

/// `raster` scaled down to exactly `size`.
Result<Raster> shrink(const CallContext& ctx, const Raster& raster, Size size);

/// Without any metadata. `quality` 1..100.
Result<std::string> encode_jpeg(const CallContext& ctx, const Raster& raster, int quality);
Result<std::string> encode_png(const CallContext& ctx, const Raster& raster);

}  // namespace sensorium::media::vips
