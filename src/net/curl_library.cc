// Opening libcurl, once.
#include "net/curl_library.h"

#include <dlfcn.h>

#include <optional>

namespace sensorium::net {
namespace {

struct Opened {
  CurlLibrary table;
  std::optional<Error> error;
};

const char* bind(void* library, CurlLibrary& table) {
#define SN_CURL(name)                                                                   \
  table.name = reinterpret_cast<decltype(table.name)>(::dlsym(library, "curl_" #name)); \
  if (!table.name) return #name;
#include "net/curl_functions.def"
#undef SN_CURL
  return nullptr;
}

Opened open() {
  Opened opened;
  constexpr const char* hint = "Install libcurl 7.85 or newer (Debian: apt install libcurl4)";
  void* library = ::dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    opened.error = Error(Code::not_built_in, "Nothing can be downloaded: libcurl is not installed", hint);
  } else if (const char* missing = bind(library, opened.table)) {
    opened.error = Error(Code::not_built_in,
                         std::string("Nothing can be downloaded: this libcurl has no curl_") + missing, hint);
  } else {
    opened.table.global_init(CURL_GLOBAL_DEFAULT);
  }
  return opened;
}

}  // namespace

Result<const CurlLibrary*> curl_library() {
  static const Opened opened = open();
  if (opened.error) return Error(*opened.error);
  return &opened.table;
}

}  // namespace sensorium::net
