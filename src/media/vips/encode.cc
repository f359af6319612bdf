// Encoding from memory, without metadata, killed as soon as the call is over.
#include "media/vips/api.h"
#include "media/vips/codec.h"
#include "media/vips/kill_switch.h"

namespace sensorium::media::vips {
namespace {

constexpr void* end_of_options = nullptr;

/// Runs `save(image, &buffer, &length)` on `raster` and owns what it gives.
template <class Save>
Result<std::string> encode(const CallContext& ctx, const Raster& raster, Save save) {
  SN_TRY(ctx.check());
  const Api& api = *SN_TRY(vips::api());
  const Image image(api.vips_image_new_from_memory(raster.bytes.data(), raster.bytes.size(),
                                                   raster.size.width, raster.size.height, raster.channels,
                                                   VIPS_FORMAT_UCHAR));
  if (!image) return take_error(api, Code::internal, "encoded");
  const KillSwitch watch(api, ctx, image.get());
  void* buffer = nullptr;
  std::size_t length = 0;
  if (save(api, image.get(), &buffer, &length) != 0) {
    auto error = take_error(api, Code::internal, "encoded");
    SN_TRY(ctx.check());
    return error;
  }
  std::string bytes(static_cast<const char*>(buffer), length);
  api.g_free(buffer);
  return bytes;
}

}  // namespace

Result<std::string> encode_jpeg(const CallContext& ctx, const Raster& raster, int quality) {
  return encode(ctx, raster, [quality](const Api& api, VipsImage* image, void** buffer, std::size_t* length) {
    return api.vips_jpegsave_buffer(image, buffer, length, "Q", quality, "strip", TRUE, end_of_options);
  });
}

Result<std::string> encode_png(const CallContext& ctx, const Raster& raster) {
  return encode(ctx, raster, [](const Api& api, VipsImage* image, void** buffer, std::size_t* length) {
    return api.vips_pngsave_buffer(image, buffer, length, "compression", 6, "filter",
                                   VIPS_FOREIGN_PNG_FILTER_ALL, "strip", TRUE, end_of_options);
  });
}

}  // namespace sensorium::media::vips
