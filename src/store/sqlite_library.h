// The part of SQLite that we use, opened at the first use.
// Surprising: nothing links libsqlite3, so that a service at rest does not pay for it.
#pragma once

#include <sqlite3.h>

#include "base/result.h"

namespace sensorium::store {

/// Functions by their names without "sqlite3_".
struct SqliteLibrary {
#define SN_SQLITE(name) decltype(&::sqlite3_##name) name = nullptr;
#include "store/sqlite_functions.def"
#undef SN_SQLITE
};

/// Thread-safe. Errors: not_built_in when libsqlite3 is missing or too old.
Result<const SqliteLibrary*> sqlite_library();

}  // namespace sensorium::store
