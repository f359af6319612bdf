// The part of libcurl that downloads use, opened at the first download.
// Surprising: nothing links libcurl, because its twenty libraries would cost the idle service 3 MiB.
#pragma once

#include <curl/curl.h>

#include "base/result.h"

namespace sensorium::net {

/// Functions by their names without "curl_".
struct CurlLibrary {
#define SN_CURL(name) decltype(&::curl_##name) name = nullptr;
#include "net/curl_functions.def"
#undef SN_CURL
};

/// Thread-safe. Errors: not_built_in when libcurl is missing or too old.
Result<const CurlLibrary*> curl_library();

}  // namespace sensorium::net
