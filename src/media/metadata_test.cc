// Where a picture was taken never leaves in what is sent, whatever its format and whether it is passed on or
// written anew.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include "media/format.h"
#include "media/samples.h"
#include "media/vips/api.h"

namespace sensorium::media {
namespace {

constexpr std::string_view place = "SECRETPLACE";
constexpr void* end_of_options = nullptr;

template <class F>
F* symbol(const char* name) {
  static void* library = dlopen(SN_VIPS_SONAME, RTLD_NOW);
  return reinterpret_cast<F*>(dlsym(library, name));
}

/// A picture with XMP and an IPTC block that name the place, as libvips writes them.
std::string tagged(Size size, const char* suffix) {
  start_library("media_test");
  const auto& api = **vips::api();
  vips::load_heif_module(api);
  const Raster raster = samples::photo(size);
  const vips::Image image(api.vips_image_new_from_memory(raster.bytes.data(), raster.bytes.size(), size.width,
                                                         size.height, 3, VIPS_FORMAT_UCHAR));
  const std::string xmp =
      "<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'>" +
      std::string(place) + "</x:xmpmeta><?xpacket end='w'?>";
  for (const char* name : {VIPS_META_XMP_NAME, VIPS_META_IPTC_NAME})
    symbol<decltype(vips_image_set_blob_copy)>("vips_image_set_blob_copy")(image.get(), name, xmp.data(),
                                                                           xmp.size());
  void* buffer = nullptr;
  std::size_t length = 0;
  if (symbol<decltype(vips_image_write_to_buffer)>("vips_image_write_to_buffer")(
          image.get(), suffix, &buffer, &length, end_of_options) != 0)
    return {};
  std::string bytes(static_cast<const char*>(buffer), length);
  api.g_free(buffer);
  return bytes;
}

TEST(Metadata, ThePlaceIsNeverSent) {
  for (const char* suffix : {".jpg", ".png", ".webp", ".tif", ".heic", ".avif"}) {
    for (const Size size : {Size{96, 64}, Size{1300, 800}}) {  // as small as it may stay, and shrunk
      const std::string bytes = tagged(size, suffix);
      ASSERT_FALSE(bytes.empty()) << suffix;
      // PNG may hold it compressed; then its header says that there is something personal.
      ASSERT_TRUE(bytes.find(place) != std::string::npos || samples::open(bytes).facts.personal) << suffix;
      PrepareRule rule;
      rule.pixels.max_side = 512;
      const auto prepared = prepare({}, samples::open(bytes), rule, Detail::high);
      ASSERT_TRUE(prepared) << suffix << sentence(prepared.error());
      EXPECT_EQ(prepared->bytes->find(place), std::string::npos) << suffix;
      EXPECT_EQ(prepared->bytes->find("xmpmeta"), std::string::npos) << suffix;
      EXPECT_EQ(prepared->bytes->find("Exif"), std::string::npos) << suffix;
      EXPECT_FALSE(samples::open(*prepared->bytes).facts.personal) << suffix;
    }
  }
}

TEST(Metadata, CommentsOfFormatsWithoutExif) {
  std::string gif = samples::encode(samples::flag({64, 48}), ".gif");
  gif.insert(gif.size() - 1, std::string("\x21\xFE\x0B") + std::string(place) + std::string(1, '\0'));
  const auto prepared = prepare({}, samples::open(gif), {}, Detail::high);
  ASSERT_TRUE(prepared) << sentence(prepared.error());
  EXPECT_EQ(prepared->bytes->find(place), std::string::npos);
}

}  // namespace
}  // namespace sensorium::media
