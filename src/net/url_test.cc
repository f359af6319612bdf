// Addresses: what is accepted, and above all what is not.
#include "net/url.h"

#include <gtest/gtest.h>

namespace sensorium::net {
namespace {

struct Good {
  std::string_view text, scheme, host, port, target, origin;
};

class GoodUrl : public testing::TestWithParam<Good> {};

TEST_P(GoodUrl, is_taken_apart) {
  const auto& want = GetParam();
  const auto url = parse_url(want.text);
  ASSERT_TRUE(url) << want.text << ": " << sentence(url.error());
  EXPECT_EQ(url->scheme, want.scheme);
  EXPECT_EQ(url->host, want.host);
  EXPECT_EQ(url->port, want.port);
  EXPECT_EQ(url->target, want.target);
  EXPECT_EQ(url->origin(), want.origin);
  EXPECT_EQ(url->secure(), want.scheme == "https");
}

INSTANTIATE_TEST_SUITE_P(
    Urls, GoodUrl,
    testing::Values(
        Good{"https://API.OpenAI.com/v1", "https", "api.openai.com", "443", "/v1",
             "https://api.openai.com:443"},
        Good{"HTTP://localhost:11434", "http", "localhost", "11434", "/", "http://localhost:11434"},
        Good{"http://h:/x", "http", "h", "80", "/x", "http://h:80"},
        Good{"http://h?q=1", "http", "h", "80", "/?q=1", "http://h:80"},
        Good{"http://h#top", "http", "h", "80", "/", "http://h:80"},
        Good{"https://h/a?b=c#d", "https", "h", "443", "/a?b=c", "https://h:443"},
        Good{"http://[::1]:8080/v1", "http", "::1", "8080", "/v1", "http://[::1]:8080"},
        Good{"http://[FE80::A]", "http", "fe80::a", "80", "/", "http://[fe80::a]:80"},
        Good{"http://h/\xE7\x8C\xAB.png", "http", "h", "80", "/%E7%8C%AB.png", "http://h:80"},
        Good{"http://h/a@b", "http", "h", "80", "/a@b", "http://h:80"},
        Good{"unix:/run/x.sock:/v1/chat", "unix", "/run/x.sock", "", "/v1/chat", "unix:/run/x.sock"},
        Good{"unix:/run/a:b.sock", "unix", "/run/a:b.sock", "", "/", "unix:/run/a:b.sock"}));

class BadUrl : public testing::TestWithParam<std::string_view> {};

TEST_P(BadUrl, is_refused_with_a_sentence_and_a_hint) {
  const auto url = parse_url(GetParam());
  ASSERT_FALSE(url.has_value()) << GetParam();
  EXPECT_EQ(url.error().code, Code::invalid_request);
  EXPECT_FALSE(url.error().message.empty());
  EXPECT_FALSE(url.error().hint.empty());
}

INSTANTIATE_TEST_SUITE_P(Urls, BadUrl,
                         testing::Values("", "localhost", "localhost:8080", "ftp://h/", "file:///etc/passwd",
                                         "http:/h", "http://", "http:///x", "http://:80", "http://h:0",
                                         "http://h:65536", "http://h:8o", "http://h:-1", "http://[::1",
                                         "http://[::1]x", "http://[abc]", "http://[]", "http://h h/",
                                         "http://h/a b", "http://h/\r\nX: y", "http://h\t", "http://h%00/",
                                         "http://\xC3\xA4.de/", "unix:", "unix:relative.sock", "unix://h/x",
                                         "javascript:alert(1)"));

TEST(Url, credentials_are_refused_and_not_repeated) {
  for (const std::string_view text :
       {"https://user:hunter2@h/", "https://hunter2@h", "http://h:80@hunter2/"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url.has_value());
    EXPECT_EQ(sentence(url.error()).find("hunter2"), std::string::npos);
  }
}

TEST(Url, join_puts_exactly_one_slash_and_keeps_the_query_last) {
  const auto target = [](std::string_view base, std::string_view path) {
    return join(*parse_url(base), path).target;
  };
  EXPECT_EQ(target("http://h", "chat"), "/chat");
  EXPECT_EQ(target("http://h/", "/chat"), "/chat");
  EXPECT_EQ(target("http://h/v1", "chat/completions"), "/v1/chat/completions");
  EXPECT_EQ(target("http://h/v1//", "/chat"), "/v1/chat");
  EXPECT_EQ(target("http://h/v1?version=2", "chat"), "/v1/chat?version=2");
  EXPECT_EQ(target("http://h/v1", ""), "/v1");
  EXPECT_EQ(target("unix:/s.sock", "/health"), "/health");
}

}  // namespace
}  // namespace sensorium::net
