// Opening libsqlite3, once.
#include "store/sqlite_library.h"

#include <dlfcn.h>

#include <optional>

namespace sensorium::store {
namespace {

struct Opened {
  SqliteLibrary table;
  std::optional<Error> error;
};

const char* bind(void* library, SqliteLibrary& table) {
#define SN_SQLITE(name)                                                                    \
  table.name = reinterpret_cast<decltype(table.name)>(::dlsym(library, "sqlite3_" #name)); \
  if (!table.name) return #name;
#include "store/sqlite_functions.def"
#undef SN_SQLITE
  return nullptr;
}

Opened open() {
  Opened opened;
  constexpr const char* hint = "Install SQLite 3.35 or newer (Debian: apt install libsqlite3-0)";
  void* library = ::dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    opened.error = Error(Code::not_built_in, "Nothing can be kept: libsqlite3 is not installed", hint);
  } else if (const char* missing = bind(library, opened.table)) {
    opened.error = Error(Code::not_built_in,
                         std::string("Nothing can be kept: this SQLite has no sqlite3_") + missing, hint);
  }
  return opened;
}

}  // namespace

Result<const SqliteLibrary*> sqlite_library() {
  static const Opened opened = open();
  if (opened.error) return Error(*opened.error);
  return &opened.table;
}

}  // namespace sensorium::store
