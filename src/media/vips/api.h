// libvips, opened when the first picture has to be decoded. Surprising: the program is not linked to
// it, because libvips brings a hundred libraries and 20 MiB that an idle service should not carry.
// NOTE [Only through the table]: calling vips_* directly would bring the link dependency back.
#pragma once

#include <vips/vips.h>

#include <memory>

#include "base/result.h"

namespace sensorium::media::vips {

#define SN_VIPS_FUNCTIONS(F)                                                                               \
  F(vips_init)                                                                                             \
  F(vips_version) F(vips_block_untrusted_set) F(vips_concurrency_set) F(vips_cache_set_max)                \
      F(vips_cache_set_max_mem) F(vips_thread_shutdown) F(vips_error_buffer) F(vips_error_clear)           \
          F(vips_image_new_from_buffer) F(vips_image_new_from_memory) F(vips_image_get_width)              \
              F(vips_image_get_height) F(vips_image_get_bands) F(vips_image_get_format)                    \
                  F(vips_image_get_interpretation) F(vips_image_get_orientation) F(vips_image_get_n_pages) \
                      F(vips_image_get_page_height) F(vips_image_get_typeof) F(vips_image_get_blob)        \
                          F(vips_image_hasalpha) F(vips_image_set_kill) F(vips_image_set_progress)         \
                              F(vips_thumbnail_image) F(vips_colourspace) F(vips_region_new)               \
                                  F(vips_region_prepare) F(vips_jpegsave_buffer) F(vips_pngsave_buffer)    \
                                      F(g_object_unref) F(g_free) F(g_signal_connect_data) F(g_module_open)

/// The functions of libvips and GLib that this folder may use, under their own names.
struct Api {
#define SN_VIPS_MEMBER(name) decltype(&::name) name = nullptr;
  SN_VIPS_FUNCTIONS(SN_VIPS_MEMBER)
#undef SN_VIPS_MEMBER
};

/// Opens and sets up libvips on the first call; thread-safe. Error: not_built_in when it is missing.
Result<const Api*> api();
/// The same when it was opened before, else null: for work that must not open it.
const Api* opened() noexcept;

/// Makes HEIC and AVIF readable: their loader is a module of libvips, loaded on first use. Thread-safe.
void load_heif_module(const Api& api) noexcept;

struct Unref {
  void operator()(void* object) const noexcept { opened()->g_object_unref(object); }
};
using Image = std::unique_ptr<VipsImage, Unref>;
using Region = std::unique_ptr<VipsRegion, Unref>;

/// What libvips last complained about on this thread as one Error; clears its buffer.
/// `doing` completes "The picture could not be ...".
Error take_error(const Api& api, Code code, std::string_view doing);

}  // namespace sensorium::media::vips
