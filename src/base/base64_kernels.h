// The inner loops of base64, one per kind of CPU; base64.cc adds tails, line breaks and errors.
// Surprising: a kernel does as many whole blocks as it can and says how far it came, so kernels chain.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sensorium::base64 {

/// Room that Kernel::decode may scribble on behind the last byte it reports.
inline constexpr std::size_t decode_slack = 8;

struct Kernel {
  std::string_view name;
  /// Encodes whole groups of three bytes; returns the bytes consumed, 4 characters for each 3.
  std::size_t (*encode)(const unsigned char* in, std::size_t size, char* out) noexcept;
  /// Decodes whole groups of four characters up to the first group with a character outside the
  /// alphabet; returns the characters consumed, 3 bytes for each 4.
  std::size_t (*decode)(const unsigned char* in, std::size_t size, char* out) noexcept;
};

/// What this CPU can run, fastest first; the last one runs everywhere.
std::span<const Kernel> kernels() noexcept;

/// Value of a character, or 64 and above for one outside the alphabet.
unsigned char sextet(char c) noexcept;
/// The character for a value below 64.
char digit(unsigned value) noexcept;

/// base64_append and base64_decode with the kernels given, of which the last must be the one that runs
/// everywhere; `first_offset` is added to the offset in errors.
void append_with(std::span<const Kernel> kernels, std::string& out, std::string_view bytes);
Result<std::string> decode_with(std::span<const Kernel> kernels, std::string_view text,
                                std::size_t first_offset = 0);

}  // namespace sensorium::base64
