// Dates are computed by hand because strptime and timegm depend on the locale and the platform.
#include "engine/remote/retry_after.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>

namespace sensorium::upstream {
namespace {

constexpr Milliseconds longest{24 * 3600 * 1000};

std::optional<double> to_number(std::string_view text) noexcept {
  double value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || failure != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

std::optional<int> to_int(std::string_view text) noexcept {
  int value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || failure != std::errc{} || end != text.data() + text.size() || value < 0)
    return std::nullopt;
  return value;
}

Milliseconds bounded(double milliseconds) noexcept {
  const double limit = static_cast<double>(longest.count());
  return Milliseconds(static_cast<std::int64_t>(std::clamp(std::ceil(milliseconds), 0.0, limit)));
}

std::optional<WallClock::time_point> make_time(int year, unsigned month, int day, int hour, int minute,
                                               int second) {
  const auto date =
      std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(static_cast<unsigned>(day));
  // The clock counts nanoseconds in 64 bits: it ends in 2262.
  constexpr int first_year = 1970, last_year = 2200;
  if (year < first_year || year > last_year) return std::nullopt;
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return WallClock::time_point(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + std::chrono::seconds(second);
}

/// "hh:mm:ss" at the start of `text`.
std::optional<std::array<int, 3>> clock_time(std::string_view text) noexcept {
  if (text.size() < 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
  const auto hour = to_int(text.substr(0, 2)), minute = to_int(text.substr(3, 2)),
             second = to_int(text.substr(6, 2));
  if (!hour || !minute || !second) return std::nullopt;
  return std::array{*hour, *minute, *second};
}

std::optional<WallClock::time_point> http_date(std::string_view text) noexcept {
  static constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() != 29 || !text.ends_with(" GMT")) return std::nullopt;
  const auto month = months.find(text.substr(8, 3));
  const auto day = to_int(text.substr(5, 2)), year = to_int(text.substr(12, 4));
  const auto time = clock_time(text.substr(17));
  if (month == std::string_view::npos || month % 3 != 0 || !day || !year || !time) return std::nullopt;
  return make_time(*year, static_cast<unsigned>(month / 3 + 1), *day, (*time)[0], (*time)[1], (*time)[2]);
}

/// Only UTC ("Z", or no offset other than +00:00): that is what providers send.
std::optional<WallClock::time_point> rfc3339(std::string_view text) noexcept {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't'))
    return std::nullopt;
  if (!text.ends_with('Z') && !text.ends_with('z') && !text.ends_with("+00:00")) return std::nullopt;
  const auto year = to_int(text.substr(0, 4)), month = to_int(text.substr(5, 2)),
             day = to_int(text.substr(8, 2));
  const auto time = clock_time(text.substr(11));
  if (!year || !month || !day || !time) return std::nullopt;
  return make_time(*year, static_cast<unsigned>(*month), *day, (*time)[0], (*time)[1], (*time)[2]);
}

std::optional<Milliseconds> until(std::string_view date, WallClock::time_point now) noexcept {
  const auto time = parse_date(date);
  if (!time) return std::nullopt;
  return bounded(std::chrono::duration<double, std::milli>(*time - now).count());
}

/// The longest reset among the limits that are used up.
std::optional<Milliseconds> from_rate_limits(const net::Headers& headers, WallClock::time_point now) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> pairs{{
      {"x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"},
      {"x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"},
      {"anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"},
      {"anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"},
      {"anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset"},
      {"anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset"},
  }};
  std::optional<Milliseconds> wait;
  for (const auto& [remaining, reset] : pairs) {
    if (net::find_header(headers, remaining) != "0") continue;
    const auto text = net::find_header(headers, reset);
    auto one = parse_go_duration(text);
    if (!one) one = until(text, now);
    if (one && (!wait || *one > *wait)) wait = one;
  }
  return wait;
}

}  // namespace

std::optional<Milliseconds> parse_go_duration(std::string_view text) noexcept {
  static constexpr std::array<std::pair<std::string_view, double>, 4> units{
      {{"ms", 1.0}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}}};
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    const auto digits = text.find_first_not_of("0123456789.");
    if (digits == 0 || digits == std::string_view::npos) return std::nullopt;
    const auto value = to_number(text.substr(0, digits));
    text.remove_prefix(digits);
    const auto unit = std::ranges::find_if(units, [&](const auto& u) { return text.starts_with(u.first); });
    if (!value || unit == units.end()) return std::nullopt;
    text.remove_prefix(unit->first.size());
    total += *value * unit->second;
  }
  return bounded(total);
}

std::optional<WallClock::time_point> parse_date(std::string_view text) noexcept {
  if (auto time = http_date(text)) return time;
  return rfc3339(text);
}

std::optional<bool> should_retry(const net::Headers& headers) noexcept {
  const auto word = net::find_header(headers, "x-should-retry");
  if (word == "true") return true;
  if (word == "false") return false;
  return std::nullopt;
}

std::optional<Milliseconds> retry_after(const net::Headers& headers, std::optional<Milliseconds> in_body,
                                        WallClock::time_point now) {
  if (const auto ms = to_number(net::find_header(headers, "retry-after-ms")); ms && *ms >= 0)
    return bounded(*ms);
  const auto header = net::find_header(headers, "retry-after");
  if (const auto seconds = to_number(header); seconds && *seconds >= 0) return bounded(*seconds * 1e3);
  if (const auto wait = until(header, now)) return wait;
  if (in_body) return std::clamp(*in_body, Milliseconds(0), longest);
  return from_rate_limits(headers, now);
}

}  // namespace sensorium::upstream
