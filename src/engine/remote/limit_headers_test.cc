// Limits as providers tell them, and as broken proxies do.
#include "engine/remote/limit_headers.h"

#include <gtest/gtest.h>

namespace sensorium::upstream {
namespace {

const WallClock::time_point noon = *parse_date("2026-11-24T12:00:00Z");

TEST(LimitHeaders, OfOpenAi) {
  const auto view = read_limits({{"X-RateLimit-Limit-Requests", "600"},
                                 {"x-ratelimit-remaining-requests", "599"},
                                 {"x-ratelimit-reset-requests", "100ms"},
                                 {"x-ratelimit-limit-tokens", "40000"},
                                 {"x-ratelimit-remaining-tokens", "0"},
                                 {"x-ratelimit-reset-tokens", "6m0s"}},
                                noon);
  ASSERT_TRUE(view.requests && view.tokens);
  EXPECT_EQ(view.requests->limit, 600);
  EXPECT_EQ(view.requests->remaining, 599);
  EXPECT_EQ(view.requests->reset, Milliseconds(100));
  EXPECT_EQ(view.tokens->remaining, 0);
  EXPECT_EQ(view.tokens->reset, Milliseconds(360'000));
}

TEST(LimitHeaders, OfAnthropic) {
  const auto view = read_limits({{"anthropic-ratelimit-requests-limit", "50"},
                                 {"anthropic-ratelimit-requests-remaining", "0"},
                                 {"anthropic-ratelimit-requests-reset", "2026-11-24T12:00:30Z"},
                                 {"anthropic-ratelimit-input-tokens-remaining", "9"}},
                                noon);
  ASSERT_TRUE(view.requests && view.tokens);
  EXPECT_EQ(view.requests->reset, Milliseconds(30'000));
  EXPECT_EQ(view.tokens->remaining, 9);
  EXPECT_EQ(view.tokens->limit, 0);
}

TEST(LimitHeaders, NonsenseIsLeftOut) {
  for (const char* bad : {"", "-1", "many", "1.5", "99999999999999999999", " 3"})
    EXPECT_FALSE(read_limits({{"x-ratelimit-remaining-requests", bad}}, noon).requests) << bad;
  const auto past = read_limits({{"anthropic-ratelimit-requests-remaining", "0"},
                                 {"anthropic-ratelimit-requests-reset", "1999-01-01T00:00:00Z"}},
                                noon);
  EXPECT_EQ(past.requests->reset, Milliseconds(0));
  const auto soon = read_limits(
      {{"x-ratelimit-remaining-requests", "1"}, {"x-ratelimit-reset-requests", "next week"}}, noon);
  EXPECT_EQ(soon.requests->reset, Milliseconds(0));
}

}  // namespace
}  // namespace sensorium::upstream
