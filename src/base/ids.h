// Identifiers: short, unguessable, safe in URLs and file names ("img-" + 20 base32 characters).
#pragma once

#include <string>
#include <string_view>

namespace sensorium {

/// 100 random bits from the kernel: "img" and "img-" give "img-2c4h…", "req_" gives "req_…". Thread-safe.
std::string make_id(std::string_view prefix);
/// `bytes` random bytes from the kernel as hex: for keys of child processes.
std::string random_hex(std::size_t bytes);

}  // namespace sensorium
