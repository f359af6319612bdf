// Identifiers: short, unguessable, safe in URLs and file names ("img-" + 20 base32 characters).
#pragma once

#include <string>
#include <string_view>

namespace sensorium {

/// 100 random bits from a per-thread generator seeded by the kernel. Thread-safe.
std::string make_id(std::string_view prefix);
/// `bytes` random bytes from the kernel as hex: for keys of child processes.
std::string random_hex(std::size_t bytes);

}  // namespace sensorium
