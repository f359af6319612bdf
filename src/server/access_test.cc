// Keys in both headers, wrong ones in all forms, and pages of other origins.
#include "server/access.h"

#include <gtest/gtest.h>

namespace sensorium::server {
namespace {

Result<std::string_view> check(const AccessRule& rule, const net::Headers& headers) {
  net::HttpHead head;
  head.headers = &headers;
  return rule.check(head);
}

const AccessRule keyed({{"alice", {"sk-alice", ""}}, {"bob", {"sk-bob", ""}}});
const AccessRule open_to_all({});

TEST(AccessRule, TakesEachKeyInEitherHeader) {
  EXPECT_TRUE(check(keyed, {{"Authorization", "Bearer sk-alice"}}));
  EXPECT_TRUE(check(keyed, {{"authorization", "bearer  sk-bob "}}));
  EXPECT_EQ(check(keyed, {{"X-Api-Key", "sk-bob"}}), "bob");
}

TEST(AccessRule, RefusesEverythingElse) {
  for (const net::Headers& headers : {net::Headers{},
                                      {{"Authorization", "Bearer sk-alic"}},
                                      {{"Authorization", "Bearer sk-alicee"}},
                                      {{"Authorization", "Bearer "}},
                                      {{"Authorization", "sk-alice"}},
                                      {{"Authorization", "Basic sk-alice"}},
                                      {{"x-api-key", ""}},
                                      {{"x-api-key", "SK-ALICE"}}}) {
    const auto done = check(keyed, headers);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Code::unauthenticated);
    EXPECT_FALSE(done.error().hint.empty());
  }
}

TEST(AccessRule, WithoutKeysProgramsAndOurOwnPageMayAsk) {
  EXPECT_TRUE(check(open_to_all, {{"Host", "anything"}}));
  EXPECT_TRUE(check(open_to_all, {{"Host", "127.0.0.1:7373"}, {"Origin", "http://127.0.0.1:7373"}}));
  EXPECT_TRUE(check(open_to_all, {{"Host", "localhost:1"}, {"Origin", "http://localhost:1"}}));
  EXPECT_TRUE(check(open_to_all, {{"Host", "[::1]:1"}, {"Origin", "http://[::1]:1"}}));
}

TEST(AccessRule, WithoutKeysPagesOfOtherOriginsMayNot) {
  for (const net::Headers& headers :
       {net::Headers{{"Host", "127.0.0.1:7373"}, {"Origin", "https://evil.example"}},
        {{"Host", "127.0.0.1:7373"}, {"Origin", "http://127.0.0.1:80"}},
        {{"Host", "127.0.0.1:7373"}, {"Origin", "null"}},
        {{"Host", "evil.example:7373"}, {"Origin", "http://evil.example:7373"}},
        {{"Origin", "http://"}}}) {
    const auto done = check(open_to_all, headers);
    ASSERT_FALSE(done) << headers.back().second;
    EXPECT_EQ(done.error().code, Code::forbidden);
  }
}

TEST(AccessRule, WithKeysTheOriginDoesNotMatter) {
  EXPECT_TRUE(
      check(keyed, {{"x-api-key", "sk-bob"}, {"Origin", "https://app.example"}, {"Host", "api.example"}}));
}

}  // namespace
}  // namespace sensorium::server
