// One table of names; the two families differ in word order and in how they tell the reset.
#include "engine/remote/limit_headers.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace sensorium::upstream {
namespace {

struct Names {
  std::string_view limit, remaining, reset;
};
constexpr std::array request_names{
    Names{"x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"},
    Names{"anthropic-ratelimit-requests-limit", "anthropic-ratelimit-requests-remaining",
          "anthropic-ratelimit-requests-reset"},
};
constexpr std::array token_names{
    Names{"x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"},
    Names{"anthropic-ratelimit-tokens-limit", "anthropic-ratelimit-tokens-remaining",
          "anthropic-ratelimit-tokens-reset"},
    Names{"anthropic-ratelimit-input-tokens-limit", "anthropic-ratelimit-input-tokens-remaining",
          "anthropic-ratelimit-input-tokens-reset"},
};
constexpr Milliseconds longest_reset{24 * 3600 * 1000};

std::optional<std::int64_t> count(std::string_view text) noexcept {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || failure != std::errc{} || end != text.data() + text.size() || value < 0)
    return std::nullopt;
  return value;
}

Milliseconds reset_of(std::string_view text, WallClock::time_point now) {
  auto wait = parse_go_duration(text);
  if (const auto date = wait ? std::nullopt : parse_date(text))
    wait = std::chrono::ceil<Milliseconds>(*date - now);
  return std::clamp(wait.value_or(Milliseconds(0)), Milliseconds(0), longest_reset);
}

template <std::size_t n>
std::optional<LimitView::One> read(const net::Headers& headers, const std::array<Names, n>& families,
                                   WallClock::time_point now) {
  for (const Names& names : families) {
    const auto remaining = count(net::find_header(headers, names.remaining));
    if (!remaining) continue;
    return LimitView::One{.limit = count(net::find_header(headers, names.limit)).value_or(0),
                          .remaining = *remaining,
                          .reset = reset_of(net::find_header(headers, names.reset), now)};
  }
  return std::nullopt;
}

}  // namespace

LimitView read_limits(const net::Headers& headers, WallClock::time_point now) {
  return {.requests = read(headers, request_names, now), .tokens = read(headers, token_names, now)};
}

}  // namespace sensorium::upstream
