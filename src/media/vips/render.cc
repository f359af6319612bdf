// Each page is opened twice: once for its size, once at the scale that fits.
#include "media/vips/render.h"

#include <algorithm>

#include "media/document.h"
#include "media/iso_media.h"
#include "media/vips/api.h"

namespace sensorium::media::vips {
namespace {

constexpr void* end_of_options = nullptr;
constexpr double most_scale_of_pdf = 300.0 / 72, most_scale_of_svg = 16;
constexpr int icon_side = 512;  // smaller drawings are enlarged to this
constexpr std::int64_t most_pixels = 100'000'000;

Image open(const Api& api, std::string_view bytes, DocumentKind kind, int page, double scale) {
  if (kind == DocumentKind::svg)
    return Image(
        api.vips_image_new_from_buffer(bytes.data(), bytes.size(), "", "scale", scale, end_of_options));
  if (kind == DocumentKind::pdf)
    return Image(api.vips_image_new_from_buffer(bytes.data(), bytes.size(), "", "page", page, "scale", scale,
                                                end_of_options));
  if (page > 0)
    return Image(
        api.vips_image_new_from_buffer(bytes.data(), bytes.size(), "", "page", page, end_of_options));
  return Image(api.vips_image_new_from_buffer(bytes.data(), bytes.size(), "", end_of_options));
}

int long_side_of(const Api& api, const Image& image) {
  return std::max(api.vips_image_get_width(image.get()), api.vips_image_get_height(image.get()));
}

double scale_for(DocumentKind kind, int natural, int wanted) {
  const double fit = static_cast<double>(wanted) / std::max(natural, 1);
  if (kind == DocumentKind::pdf) return std::min(fit, most_scale_of_pdf);
  if (natural >= icon_side) return std::min(fit, 1.0);
  return std::min({fit, static_cast<double>(icon_side) / std::max(natural, 1), most_scale_of_svg});
}

Result<Image> open_at(const Api& api, std::string_view bytes, DocumentKind kind, int page, int long_side) {
  Image image = open(api, bytes, kind, page, 1);
  if (!image) return take_error(api, Code::corrupt_media, "opened");
  if (kind == DocumentKind::none) return image;
  const double scale = scale_for(kind, long_side_of(api, image), long_side);
  image = open(api, bytes, kind, page, scale);
  if (!image) return take_error(api, Code::corrupt_media, "opened");
  return image;
}

Result<std::string> png_of(const Api& api, Image image) {
  const auto pixels =
      std::int64_t{api.vips_image_get_width(image.get())} * api.vips_image_get_height(image.get());
  if (pixels > most_pixels) return Error(Code::too_large, "too many pixels");
  VipsImage* out = nullptr;
  if (api.vips_autorot(image.get(), &out, end_of_options) != 0)
    return take_error(api, Code::corrupt_media, "turned");
  image.reset(out);
  void* buffer = nullptr;
  std::size_t length = 0;
  if (api.vips_pngsave_buffer(image.get(), &buffer, &length, "compression", 1, "strip", TRUE,
                              end_of_options) != 0)
    return take_error(api, Code::corrupt_media, "drawn");
  std::string png(static_cast<const char*>(buffer), length);
  api.g_free(buffer);
  return png;
}

/// Asked for by name, since libvips' own function believes in no document of 10,000 pages.
int pages_of(const Api& api, const Image& image) {
  int pages = 0;
  if (api.vips_image_get_typeof(image.get(), VIPS_META_N_PAGES) == 0 ||
      api.vips_image_get_int(image.get(), VIPS_META_N_PAGES, &pages) != 0)
    return 1;
  return std::max(1, pages);
}

}  // namespace

Status render(std::string_view bytes, const PageChoice& choice, int long_side, int most_pages,
              const RenderSinks& sinks) {
  const Api& api = *SN_TRY(vips::api());
  const DocumentKind kind = document_kind(bytes);
  if (kind == DocumentKind::pdf) load_module(api, "vips-poppler.so");
  if (iso_kind(bytes) != IsoKind::none) load_heif_module(api);
  api.vips_operation_block_set("VipsForeignLoadPdf", kind != DocumentKind::pdf);
  api.vips_operation_block_set("VipsForeignLoadSvg", kind != DocumentKind::svg);
  const Image first = open(api, bytes, kind, 0, 1);
  if (!first) return take_error(api, Code::corrupt_media, "opened");
  const int total = pages_of(api, first);
  SN_TRY(sinks.begin(total));
  for (const int page : SN_TRY(chosen(choice, total, most_pages)))
    SN_TRY(sinks.page(page, SN_TRY(png_of(api, SN_TRY(open_at(api, bytes, kind, page, long_side))))));
  return {};
}

}  // namespace sensorium::media::vips
