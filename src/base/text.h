// Small text functions that more than one folder needs.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"

namespace sensorium::text {

bool valid_utf8(std::string_view text) noexcept;
/// Replaces invalid sequences by U+FFFD.
std::string clean_utf8(std::string_view text);
/// `text` cut to at most `bytes` at a character boundary, with an ellipsis if cut.
std::string shorten(std::string_view text, std::size_t bytes);
bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;
std::string lower(std::string_view ascii);
std::string_view trim(std::string_view text) noexcept;
std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(std::span<const std::string> items, std::string_view separator);
/// The closest of `candidates` by edit distance, if close enough to be meant.
std::optional<std::string_view> did_you_mean(std::string_view word,
                                             std::span<const std::string_view> candidates);
/// "90s", "1.5m", "250ms", "2h", plain numbers are seconds. Errors: invalid_request.
Result<Milliseconds> parse_duration(std::string_view text);
/// `text` on one line and safe on a terminal: control characters and bad UTF-8 become visible escapes.
std::string printable(std::string_view text);
/// `text` as a JSON string with its quotes; for places where a JSON library would be too much.
std::string json_quote(std::string_view text);
/// "12.3 MiB"
std::string human_bytes(std::uint64_t bytes);

}  // namespace sensorium::text
