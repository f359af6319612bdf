// SHA-256 (FIPS 180-4) and a fast 64-bit hash, both own code so that the tools link statically with
// nothing but Boost. About 0.3 GB/s and 10 GB/s.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sensorium::bench {

/// 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);

/// Not for adversaries: a folded-multiply hash (after wyhash), different for every `seed`.
std::uint64_t fast_hash(std::string_view bytes, std::uint64_t seed) noexcept;

}  // namespace sensorium::bench
