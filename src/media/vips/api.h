// libvips, opened when the first picture has to be decoded. Surprising: the program is not linked to
// it, because libvips brings a hundred libraries and 20 MiB that an idle service should not carry.
// NOTE [Only through the table]: calling vips_* directly would bring the link dependency back.
#pragma once

#include <vips/vips.h>

#include <memory>

#include "base/result.h"

namespace sensorium::media::vips {

/// The functions of libvips and GLib that this folder may use, under their own names.
struct Api {
#define SN_VIPS(name) decltype(&::name) name = nullptr;
#include "media/vips/functions.def"
#undef SN_VIPS
};

/// Opens and sets up libvips on the first call; thread-safe. Error: not_built_in when it is missing.
Result<const Api*> api();
/// The same when it was opened before, else null: for work that must not open it.
const Api* opened() noexcept;

/// Opens one of libvips' own modules by the name of its file. Not thread-safe.
void load_module(const Api& api, const char* file) noexcept;
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
