// The answer cache's tier in the database file. See answer_cache.h.
// Surprising: the keys in the file are kept in memory as 8 bytes each, read in steps after the first use;
// until then every question is looked up.
#pragma once

#include "store/answer_cache.h"
#include "store/storage.h"

namespace sensorium::store {

/// The tables it needs; part of the Storage's schema.
extern const char* const sqlite_cache_schema;

/// `storage` must outlive it. `max_bytes` bounds the sum of all values.
std::unique_ptr<CacheTier> make_sqlite_cache(Storage& storage, std::int64_t max_bytes);

}  // namespace sensorium::store
