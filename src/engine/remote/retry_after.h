// When a provider says "come back later": every form they say it in, as one duration.
// Sources: docs/reference/providers.md, "Waiting".
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/call_context.h"
#include "net/http_client.h"

namespace sensorium::upstream {

using WallClock = std::chrono::system_clock;

/// "20ms", "1s", "6m0s", "1h2m3s", "0.5s"; nullopt for anything else.
std::optional<Milliseconds> parse_go_duration(std::string_view text) noexcept;
/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110) or "2026-10-07T10:00:00Z" (RFC 3339).
std::optional<WallClock::time_point> parse_date(std::string_view text) noexcept;

/// Stands in Error::retry_after where a provider said x-should-retry: false. Never sent to anybody.
inline constexpr Milliseconds do_not_repeat{-1};

/// What x-should-retry says, if anything.
std::optional<bool> should_retry(const net::Headers& headers) noexcept;

/// The wait the headers ask for, in order of trust: retry-after-ms, retry-after (seconds or date),
/// then the reset of a rate-limit header whose remaining count is 0. `in_body` is what the body said
/// (Gemini's RetryInfo) and comes between the two. nullopt: the provider said nothing.
/// Never negative; at most a day, so that a broken header cannot park a request for ever.
std::optional<Milliseconds> retry_after(const net::Headers& headers, std::optional<Milliseconds> in_body,
                                        WallClock::time_point now);

}  // namespace sensorium::upstream
