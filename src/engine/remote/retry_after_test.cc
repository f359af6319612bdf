// Every way a provider says when to come back, and what must not be believed.
#include "engine/remote/retry_after.h"

#include <gtest/gtest.h>

namespace sensorium::upstream {
namespace {

using namespace std::chrono_literals;

const WallClock::time_point now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 6) + 8h + 49min + 37s;

TEST(GoDuration, adds_its_parts) {
  EXPECT_EQ(parse_go_duration("20ms"), 20ms);
  EXPECT_EQ(parse_go_duration("1s"), 1s);
  EXPECT_EQ(parse_go_duration("6m0s"), 6min);
  EXPECT_EQ(parse_go_duration("1h2m3s"), 1h + 2min + 3s);
  EXPECT_EQ(parse_go_duration("0.5s"), 500ms);
  EXPECT_EQ(parse_go_duration("9.0001s"), 9001ms);
  EXPECT_EQ(parse_go_duration("99999h"), 24h) << "bounded";
}

TEST(GoDuration, refuses_the_rest) {
  for (const std::string_view text : {"", "1", "s", "1x", "1s2", "-1s", "1..2s", "nan s", "1 s", "ms"})
    EXPECT_EQ(parse_go_duration(text), std::nullopt) << text;
}

TEST(Date, reads_both_forms) {
  EXPECT_EQ(parse_date("Fri, 06 Nov 2026 08:49:37 GMT"), now);
  EXPECT_EQ(parse_date("2026-11-06T08:49:37Z"), now);
  EXPECT_EQ(parse_date("2026-11-06T08:49:37.123+00:00"), now);
}

TEST(Date, refuses_the_rest) {
  for (const std::string_view text :
       {"", "soon", "Fri, 06 Foo 2026 08:49:37 GMT", "Fri, 31 Feb 2026 08:49:37 GMT",
        "Fri, 06 Nov 2026 25:49:37 GMT", "Fri, 06 Nov 2026 08:49:37 CET", "2026-11-06T08:49:37+02:00",
        "2026-13-06T08:49:37Z", "2026-11-06 08:49:37Z", "0026-11-06T08:49:37Z", "9026-11-06T08:49:37Z"})
    EXPECT_EQ(parse_date(text), std::nullopt) << text;
}

TEST(RetryAfter, prefers_the_most_exact_header) {
  const auto wait = [](net::Headers headers, std::optional<Milliseconds> body = {}) {
    return retry_after(headers, body, now);
  };
  EXPECT_EQ(wait({{"retry-after", "7"}, {"retry-after-ms", "1500"}}), 1500ms);
  EXPECT_EQ(wait({{"Retry-After", "7"}}), 7s);
  EXPECT_EQ(wait({{"Retry-After", "0"}}), 0s);
  EXPECT_EQ(wait({{"Retry-After", "1.5"}}), 1500ms);
  EXPECT_EQ(wait({{"Retry-After", "Fri, 06 Nov 2026 08:50:00 GMT"}}), 23s);
  EXPECT_EQ(wait({{"Retry-After", "Fri, 06 Nov 2026 08:00:00 GMT"}}), 0s) << "the past is now";
  EXPECT_EQ(wait({{"Retry-After", "3"}}, 9s), 3s);
  EXPECT_EQ(wait({}, 9s), 9s);
}

TEST(RetryAfter, uses_a_reset_only_when_its_limit_is_used_up) {
  EXPECT_EQ(retry_after({{"x-ratelimit-remaining-tokens", "0"},
                         {"x-ratelimit-reset-tokens", "6m0s"},
                         {"x-ratelimit-remaining-requests", "5"},
                         {"x-ratelimit-reset-requests", "1h"}},
                        {}, now),
            6min);
  EXPECT_EQ(retry_after({{"anthropic-ratelimit-tokens-remaining", "0"},
                         {"anthropic-ratelimit-tokens-reset", "2026-11-06T08:50:07Z"}},
                        {}, now),
            30s);
  EXPECT_EQ(retry_after({{"x-ratelimit-reset-tokens", "6m0s"}}, {}, now), std::nullopt);
}

TEST(RetryAfter, does_not_believe_nonsense) {
  for (const std::string value : {"", "soon", "-5", "nan", "inf", "1e999"})
    EXPECT_EQ(retry_after({{"retry-after", value}, {"retry-after-ms", value}}, {}, now), std::nullopt)
        << value;
  EXPECT_EQ(retry_after({{"retry-after", "1e12"}}, {}, now), 24h);
}

}  // namespace
}  // namespace sensorium::upstream
