// Scaling, colour, fields and rotation. PQ and HLG pictures are brought to SDR on the small picture.
#include "media/ffmpeg/frame_pixels.h"

#include <fmt/format.h>

#include "media/tone_map.h"
#include "media/vips/codec.h"

namespace sensorium::media::ffmpeg {
namespace {

bool is_hdr(const AVFrame& frame) {
  return frame.color_trc == AVCOL_TRC_SMPTE2084 || frame.color_trc == AVCOL_TRC_ARIB_STD_B67;
}

int matrix_of(const AVFrame& frame) {
  constexpr int hd_lines = 576;
  switch (frame.colorspace) {
    case AVCOL_SPC_BT709:
      return SWS_CS_ITU709;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return SWS_CS_BT2020;
    case AVCOL_SPC_SMPTE240M:
      return SWS_CS_SMPTE240M;
    case AVCOL_SPC_FCC:
      return SWS_CS_FCC;
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
      return SWS_CS_ITU601;
    default:  // unsaid: what players assume
      return frame.height > hd_lines ? SWS_CS_ITU709 : SWS_CS_ITU601;
  }
}

bool is_full_range(const AVFrame& frame) {
  switch (frame.format) {
    case AV_PIX_FMT_YUVJ420P:
    case AV_PIX_FMT_YUVJ422P:
    case AV_PIX_FMT_YUVJ444P:
    case AV_PIX_FMT_YUVJ440P:
    case AV_PIX_FMT_YUVJ411P:
      return true;
    default:
      return frame.color_range == AVCOL_RANGE_JPEG;
  }
}

/// One field of an interlaced frame as a frame of half its height.
struct Planes {
  std::array<const std::uint8_t*, AV_NUM_DATA_POINTERS> data{};
  std::array<int, AV_NUM_DATA_POINTERS> stride{};
  int height = 0;
};

Planes planes_of(const AVFrame& frame) {
  Planes planes;
  planes.height = frame.height;
  const bool fields = frame.interlaced_frame != 0 && frame.height >= 4;
  for (std::size_t i = 0; i < planes.data.size(); ++i) {
    planes.data[i] = frame.data[i];
    planes.stride[i] = frame.linesize[i];
    if (!fields || !frame.data[i]) continue;
    if (frame.top_field_first == 0) planes.data[i] += frame.linesize[i];
    planes.stride[i] *= 2;
  }
  // Chroma of 4:2:0 needs an even count of lines in the field.
  if (fields) planes.height = frame.height / 4 * 2;
  return planes;
}

Result<std::vector<std::uint8_t>> scale(const AVFrame& frame, Size size, AVPixelFormat to,
                                        int bytes_per_pixel, int flags) {
  const Api& ff = opened();
  const Planes planes = planes_of(frame);
  const Scaler scaler(ff.sws_getContext(frame.width, planes.height, static_cast<AVPixelFormat>(frame.format),
                                        size.width, size.height, to, flags, nullptr, nullptr, nullptr));
  if (!scaler)
    return Error(Code::unsupported_media, "The film's pixel format cannot be converted",
                 "Write it again with ffmpeg -i FILE -pix_fmt yuv420p NEW.mp4.");
  constexpr int neutral = 1 << 16;
  ff.sws_setColorspaceDetails(scaler.get(), ff.sws_getCoefficients(matrix_of(frame)),
                              is_full_range(frame) ? 1 : 0, ff.sws_getCoefficients(SWS_CS_DEFAULT), 1, 0,
                              neutral, neutral);
  // swscale writes whole vectors: room behind the last row.
  constexpr std::size_t spare = 64;
  const int stride = size.width * bytes_per_pixel;
  const auto wanted = static_cast<std::size_t>(stride) * static_cast<std::size_t>(size.height);
  std::vector<std::uint8_t> out(wanted + spare);
  std::array<std::uint8_t*, 4> to_planes{out.data(), nullptr, nullptr, nullptr};
  const std::array<int, 4> to_strides{stride, 0, 0, 0};
  ff.sws_scale(scaler.get(), planes.data.data(), planes.stride.data(), 0, planes.height, to_planes.data(),
               to_strides.data());
  out.resize(wanted);
  return out;
}

int exif_orientation(int rotation) {
  switch (rotation) {
    case 90:
      return 6;
    case 180:
      return 3;
    case 270:
      return 8;
    default:
      return 1;
  }
}

}  // namespace

std::optional<LumaPlane> luma_plane(const AVFrame& frame, int rotation) {
  const AVPixFmtDescriptor* facts = opened().av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  if (!facts || !frame.data[0]) return std::nullopt;
  constexpr std::uint64_t unfit = AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BE |
                                  AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_HWACCEL |
                                  AV_PIX_FMT_FLAG_FLOAT | AV_PIX_FMT_FLAG_BAYER;
  const auto& luma = facts->comp[0];
  if ((facts->flags & unfit) != 0 || luma.plane != 0 || luma.offset != 0) return std::nullopt;
  const int bytes = luma.depth + luma.shift > 8 ? 2 : 1;
  if (luma.step != bytes) return std::nullopt;
  LumaPlane plane;
  plane.data = frame.data[0];
  plane.stride = frame.linesize[0];
  plane.size = {frame.width, frame.height};
  plane.bits = luma.depth;
  plane.shift = luma.shift;
  plane.full_range = is_full_range(frame);
  plane.rotation = rotation;
  return plane;
}

Result<Raster> scaled_rgb(const AVFrame& frame, Size size, int flags) {
  Raster raster;
  raster.size = size;
  if (!is_hdr(frame)) {
    raster.bytes = SN_TRY(scale(frame, size, AV_PIX_FMT_RGB24, 3, flags));
    return raster;
  }
  const auto wide = SN_TRY(scale(frame, size, AV_PIX_FMT_RGB48LE, 6, flags));
  const auto curve = frame.color_trc == AVCOL_TRC_SMPTE2084 ? HdrCurve::pq : HdrCurve::hlg;
  raster.bytes = tone_map(wide, curve);
  return raster;
}

Result<Raster> DecodedPixels::raster(const CallContext& ctx, Size size) const {
  SN_TRY(ctx.check());
  const bool sideways = rotation_ == 90 || rotation_ == 270;
  const Size stored = sideways ? Size{size.height, size.width} : size;
  return upright(SN_TRY(scaled_rgb(*frame_, stored, SWS_BICUBIC | SWS_ACCURATE_RND)),
                 exif_orientation(rotation_));
}

Result<std::string> DecodedPixels::jpeg(const CallContext& ctx, Size size, int quality) const {
  return vips::encode_jpeg(ctx, SN_TRY(raster(ctx, size)), quality);
}

Result<Pixels> DecodedPixels::rgb(const CallContext& ctx, Size size) const {
  Raster made = SN_TRY(raster(ctx, size));
  return Pixels{made.size, std::move(made.bytes)};
}

std::int64_t DecodedPixels::bytes() const noexcept {
  const int bytes = opened().av_image_get_buffer_size(static_cast<AVPixelFormat>(frame_->format),
                                                      frame_->width, frame_->height, 1);
  return std::max(bytes, 0);
}

}  // namespace sensorium::media::ffmpeg
