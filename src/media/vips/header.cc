// Opening an image in libvips reads its header only; pixels come when somebody asks for them.
#include "media/vips/header.h"

#include <fmt/format.h>

#include "media/exif.h"
#include "media/iso_media.h"
#include "media/vips/api.h"

namespace sensorium::media::vips {
namespace {

bool plain_color(const Api& api, VipsImage* image) {
  const auto kind = api.vips_image_get_interpretation(image);
  if (api.vips_image_get_format(image) != VIPS_FORMAT_UCHAR) return false;
  if (kind != VIPS_INTERPRETATION_sRGB && kind != VIPS_INTERPRETATION_B_W) return false;
  if (api.vips_image_get_typeof(image, VIPS_META_ICC_NAME) == 0) return true;
  const void* profile = nullptr;
  std::size_t length = 0;
  if (api.vips_image_get_blob(image, VIPS_META_ICC_NAME, &profile, &length) != 0) return false;
  return is_srgb_profile({static_cast<const char*>(profile), length});
}

}  // namespace

Result<PictureFacts> read_header(std::string_view bytes, std::string_view what) {
  const Api& api = *SN_TRY(vips::api());
  if (iso_kind(bytes) != IsoKind::none) load_heif_module(api);
  const Image image(api.vips_image_new_from_buffer(bytes.data(), bytes.size(), "", "access",
                                                   VIPS_ACCESS_SEQUENTIAL, static_cast<void*>(nullptr)));
  if (!image) {
    auto error = take_error(api, Code::corrupt_media, "opened");
    error.message = fmt::format("The {} is damaged or of an unusual kind: {}", what, error.message);
    return error;
  }
  PictureFacts facts;
  facts.size = {api.vips_image_get_width(image.get()), api.vips_image_get_page_height(image.get())};
  facts.frames = api.vips_image_get_n_pages(image.get());
  facts.orientation = api.vips_image_get_orientation(image.get());
  facts.alpha = api.vips_image_hasalpha(image.get()) != 0;
  facts.srgb8 = plain_color(api, image.get());
  facts.personal = true;
  return facts;
}

std::string read_exif(std::string_view bytes) {
  const auto api = vips::api();
  if (!api) return {};
  if (iso_kind(bytes) != IsoKind::none) load_heif_module(**api);
  const Image image((*api)->vips_image_new_from_buffer(bytes.data(), bytes.size(), "", "access",
                                                       VIPS_ACCESS_SEQUENTIAL, static_cast<void*>(nullptr)));
  const void* block = nullptr;
  std::size_t length = 0;
  const bool found = image && (*api)->vips_image_get_typeof(image.get(), VIPS_META_EXIF_NAME) != 0 &&
                     (*api)->vips_image_get_blob(image.get(), VIPS_META_EXIF_NAME, &block, &length) == 0;
  if (!image) (void)take_error(**api, Code::corrupt_media, "opened");
  return found ? std::string(static_cast<const char*>(block), length) : std::string();
}

}  // namespace sensorium::media::vips
