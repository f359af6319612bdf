// Base64 (RFC 4648, standard alphabet) at memory speed: AVX2 where the CPU has it, tables elsewhere.
// Surprising: decoding accepts missing padding and line breaks (people paste both), nothing else;
// stray bits behind the last byte are dropped, as browsers do.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sensorium {

constexpr std::size_t base64_size(std::size_t bytes) noexcept { return (bytes + 2) / 3 * 4; }

/// Appends the encoding of `bytes` to `out`.
void base64_append(std::string& out, std::string_view bytes);
std::string base64_encode(std::string_view bytes);

/// Errors: invalid_request naming the offset of the first bad character.
Result<std::string> base64_decode(std::string_view text);

/// A data URL taken apart; `data` is decoded, `mime` is what the URL claims (maybe wrongly).
struct DataUrl {
  std::string mime;
  std::string data;
};
bool is_data_url(std::string_view text) noexcept;
Result<DataUrl> decode_data_url(std::string_view text);

}  // namespace sensorium
