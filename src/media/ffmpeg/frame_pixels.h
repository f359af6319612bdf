// Decoded pixels behind the FramePixels interface: scaled straight from the decoder's planes.
#pragma once

#include "media/ffmpeg/api.h"
#include "media/ffmpeg/unit.h"
#include "media/luma.h"
#include "media/raster.h"

namespace sensorium::media::ffmpeg {

class DecodedPixels final : public FramePixels {
 public:
  DecodedPixels(Frame frame, int rotation) : frame_(std::move(frame)), rotation_(rotation) {}
  Result<std::string> jpeg(const CallContext& ctx, Size size, int quality) const override;
  Result<Pixels> rgb(const CallContext& ctx, Size size) const override;
  std::int64_t bytes() const noexcept override;

 private:
  Result<Raster> raster(const CallContext& ctx, Size size) const;
  Frame frame_;
  int rotation_;
};

/// The luma plane of a frame, if its format has one (all YUV and grey formats do).
std::optional<LumaPlane> luma_plane(const AVFrame& frame, int rotation);

/// The frame as RGB of exactly `size`, not yet turned. `flags` as swscale's. Errors: unsupported_media.
Result<Raster> scaled_rgb(const AVFrame& frame, Size size, int flags);

}  // namespace sensorium::media::ffmpeg
