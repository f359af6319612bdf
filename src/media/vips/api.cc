// Opening libvips: once, from the library path, with everything off that serves neither speed nor safety.
#include "media/vips/api.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <atomic>
#include <mutex>

#include "base/log.h"
#include "media/prepare.h"

namespace sensorium::media {
namespace vips {
namespace {

Api table;
std::atomic<const Api*> ready{nullptr};
const char* program = "sensorium";

/// GLib prints what libvips warns about (a profile it ignores, a warning of the JPEG decoder); we do not.
void keep_in_log(const char*, GLogLevelFlags, const char* message, void*) noexcept {
  if (message) log::debug("media.vips", message);
}

/// Fills the table; the name of the first missing function, or null.
const char* bind(void* library) {
#define SN_VIPS(name)                                                         \
  table.name = reinterpret_cast<decltype(table.name)>(dlsym(library, #name)); \
  if (!table.name) return #name;
#include "media/vips/functions.def"
#undef SN_VIPS
  return nullptr;
}

Status open_library() {
  constexpr std::string_view hint = "Install libvips 8.14 or newer (Debian: apt install libvips42).";
  void* library = dlopen(SN_VIPS_SONAME, RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return Error(Code::not_built_in, "Pictures cannot be decoded: libvips is not installed",
                 std::string(hint));
  if (const char* missing = bind(library))
    return Error(Code::not_built_in,
                 fmt::format("Pictures cannot be decoded: this libvips has no {}", missing),
                 std::string(hint));
  table.g_log_set_handler("VIPS", GLogLevelFlags(G_LOG_LEVEL_MASK | G_LOG_FLAG_FATAL), keep_in_log, nullptr);
  if (table.vips_init(program) != 0)
    return take_error(table, Code::internal, "decoded, as libvips did not start");
  table.vips_block_untrusted_set(TRUE);
  table.vips_concurrency_set(1);
  table.vips_cache_set_max(0);
  table.vips_cache_set_max_mem(0);
  ready = &table;
  return {};
}

}  // namespace

Result<const Api*> api() {
  static std::once_flag once;
  static Status status;
  std::call_once(once, [] { status = open_library(); });
  if (!status) return status.error();
  return ready.load();
}

const Api* opened() noexcept { return ready.load(std::memory_order_acquire); }

void load_module(const Api& api, const char* file) noexcept {
  Dl_info where{};
  if (dladdr(reinterpret_cast<void*>(api.vips_init), &where) == 0 || !where.dli_fname) return;
  const std::string library(where.dli_fname);
  const auto path = fmt::format("{}/vips-modules-{}.{}/{}", library.substr(0, library.rfind('/')),
                                api.vips_version(0), api.vips_version(1), file);
  // Newer builds have the loader built in; then there is no such file and nothing to do.
  api.g_module_open(path.c_str(), G_MODULE_BIND_LAZY);
}

void load_heif_module(const Api& api) noexcept {
  static std::once_flag once;
  std::call_once(once, [&api] { load_module(api, "vips-heif.so"); });
}

Error take_error(const Api& api, Code code, std::string_view doing) {
  // The buffer is one for all threads; the copy at least is taken and cleared in one step.
  const std::unique_ptr<char, decltype(api.g_free)> copy(api.vips_error_buffer_copy(), api.g_free);
  std::string_view said = copy ? copy.get() : "";
  said = said.substr(0, said.find('\n'));
  std::string message = fmt::format("The picture could not be {}", doing);
  if (!said.empty()) message += fmt::format(" ({})", said);
  return Error(code, std::move(message),
               "Check that the file opens in a picture viewer, or save it again as JPEG or PNG.");
}

}  // namespace vips

void start_library(const char* program_name) {
  vips::program = program_name;
  // libvips would load all its modules (ImageMagick, PDF, slides) at start: it finds none here, and
  // load_heif_module() loads the one that is wanted. Nothing else reads this variable.
  setenv("VIPSHOME", "/nonexistent", 0);
}

void finish_thread() noexcept {
  if (const auto* api = vips::opened()) api->vips_thread_shutdown();
}

}  // namespace sensorium::media
