// Small text functions. UTF-8 is judged by one table-free step function that every caller shares.
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <numeric>

namespace sensorium::text {
namespace {

// What a UTF-8 lead byte promises (Unicode 15, table 3-7): length, and the range of the second byte.
struct Lead {
  std::size_t length;
  unsigned char low = 0x80, high = 0xbf;
};

Lead lead(unsigned char c) noexcept {
  if (c < 0x80) return {1};
  if (c < 0xc2) return {0};
  if (c < 0xe0) return {2};
  if (c == 0xe0) return {3, 0xa0, 0xbf};
  if (c == 0xed) return {3, 0x80, 0x9f};  // no surrogates
  if (c < 0xf0) return {3};
  if (c == 0xf0) return {4, 0x90, 0xbf};
  if (c < 0xf4) return {4};
  if (c == 0xf4) return {4, 0x80, 0x8f};  // up to U+10FFFF
  return {0};
}

// One character, or the longest beginning of one that is wrong.
struct Step {
  std::size_t length;
  bool valid;
};

Step step(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const Lead promise = lead(byte(0));
  if (promise.length == 0) return {1, false};
  for (std::size_t i = 1; i < promise.length; ++i) {
    const unsigned char low = i == 1 ? promise.low : 0x80, high = i == 1 ? promise.high : 0xbf;
    if (i >= text.size() || byte(i) < low || byte(i) > high) return {i, false};
  }
  return {promise.length, true};
}

std::size_t ascii_prefix(std::string_view text) noexcept {
  std::size_t at = 0;
  for (std::uint64_t word; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    if (word & 0x8080808080808080U) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

constexpr std::string_view replacement = "\xEF\xBF\xBD";
constexpr std::string_view ellipsis = "\xE2\x80\xA6";

char lower_ascii(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_control(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// Optimal string alignment: insertions, deletions, changes and swaps of neighbours count one each.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

struct Unit {
  std::string_view name;
  double milliseconds;
};
constexpr std::array units{Unit{"", 1000}, Unit{"ms", 1}, Unit{"s", 1000}, Unit{"m", 60'000},
                           Unit{"h", 3'600'000}};
constexpr double longest_duration = 366.0 * 24 * 3'600'000;

}  // namespace

bool valid_utf8(std::string_view text) noexcept {
  for (;;) {
    text.remove_prefix(ascii_prefix(text));
    if (text.empty()) return true;
    const Step next = step(text);
    if (!next.valid) return false;
    text.remove_prefix(next.length);
  }
}

std::string clean_utf8(std::string_view text) {
  if (valid_utf8(text)) return std::string(text);
  std::string out;
  out.reserve(text.size() + 16);
  while (!text.empty()) {
    const Step next = step(text);
    out += next.valid ? text.substr(0, next.length) : replacement;
    text.remove_prefix(next.length);
  }
  return out;
}

std::string shorten(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  const std::string_view mark = bytes >= ellipsis.size() ? ellipsis : std::string_view{};
  std::size_t end = bytes - mark.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return std::string(text.substr(0, end)).append(mark);
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, {}, lower_ascii, lower_ascii);
}

std::string lower(std::string_view ascii) {
  std::string out(ascii);
  std::ranges::transform(out, out.begin(), lower_ascii);
  return out;
}

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string join(std::span<const std::string> items, std::string_view separator) {
  return fmt::format("{}", fmt::join(items, separator));
}

std::optional<std::string_view> did_you_mean(std::string_view word,
                                             std::span<const std::string_view> candidates) {
  constexpr std::size_t longest_word = 64;
  if (word.empty() || word.size() > longest_word) return std::nullopt;
  const std::string wanted = lower(word);
  std::optional<std::string_view> best;
  std::size_t best_distance = word.size() / 3 + 2;  // one slip in a short word, more in a long one
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > longest_word) continue;
    const std::size_t distance = edit_distance(wanted, lower(candidate));
    if (distance < best_distance && distance < candidate.size()) best = candidate, best_distance = distance;
  }
  return best;
}

Result<Milliseconds> parse_duration(std::string_view text) {
  const std::string_view whole = trim(text);
  const auto bad = [&](std::string_view why) {
    return Error(Code::invalid_request, fmt::format("\"{}\" {}", printable(shorten(whole, 40)), why),
                 "Write a duration as 90s, 1.5m, 250ms or 2h");
  };
  double number = 0;
  const char* const begin = whole.data();
  const char* const end = begin + whole.size();
  if (whole.empty() || !(whole[0] >= '0' && whole[0] <= '9')) return bad("is not a duration");
  const auto [after, error] = std::from_chars(begin, end, number, std::chars_format::fixed);
  if (error != std::errc{}) return bad("is not a duration");
  const std::string_view name = trim({after, end});
  const auto unit = std::ranges::find(units, name, &Unit::name);
  if (unit == units.end()) return bad("has an unknown unit of time");
  if (number * unit->milliseconds > longest_duration) return bad("is longer than a year");
  return Milliseconds(std::llround(number * unit->milliseconds));
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Step next = step(text);
    if (!next.valid || is_control(text[0])) {
      for (const char c : text.substr(0, next.length))
        out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += text.substr(0, next.length);
    }
    text.remove_prefix(next.length);
  }
  return out;
}

std::string json_quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : clean_utf8(text)) {
    if (c == '"' || c == '\\') out += '\\', out += c;
    else if (c == '\n') out += "\\n";
    else if (c == '\t') out += "\\t";
    else if (is_control(c)) out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    else out += c;
  }
  return out += '"';
}

std::string human_bytes(std::uint64_t bytes) {
  constexpr std::array names{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double size = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  for (; size >= 1023.95 && unit + 1 < names.size(); ++unit) size /= 1024;
  return fmt::format("{:.1f} {}", size, names[unit]);
}

}  // namespace sensorium::text
