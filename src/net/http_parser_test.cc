// HTTP/1.1 parsing in any pieces, with limits.
#include "net/http_parser.h"

#include <gtest/gtest.h>

namespace sensorium::net {
namespace {

struct Parsed {
  ParsedHead head;
  std::string body;
  bool done = false;
};

Result<Parsed> parse(HttpKind kind, std::string_view bytes, std::size_t step,
                     std::uint64_t body_limit = 1000) {
  HttpParser parser(kind, 512, body_limit);
  Parsed out;
  std::string buffer;
  for (std::size_t i = 0; i < bytes.size(); i += step) {
    buffer += bytes.substr(i, step);
    std::vector<std::string_view> pieces;
    const std::size_t used = SN_TRY(parser.feed(buffer, pieces));
    for (auto piece : pieces) out.body += piece;
    buffer.erase(0, used);
  }
  if (!parser.done()) SN_TRY(parser.finish());
  out.head = parser.head();
  out.done = parser.done();
  return out;
}

TEST(HttpParser, RequestsInAnyPieces) {
  constexpr std::string_view text =
      "POST /v1/x?y=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    const auto parsed = parse(HttpKind::request, text, step);
    ASSERT_TRUE(parsed) << step;
    EXPECT_EQ(parsed->head.method, "POST");
    EXPECT_EQ(parsed->head.target, "/v1/x?y=1");
    EXPECT_EQ(parsed->body, "hello");
    EXPECT_TRUE(parsed->head.expects_continue);
    EXPECT_TRUE(parsed->head.keep_alive);
  }
}

TEST(HttpParser, ChunkedBodies) {
  constexpr std::string_view text =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    const auto parsed = parse(HttpKind::response, text, step);
    ASSERT_TRUE(parsed) << step;
    EXPECT_EQ(parsed->body, "abcdefg");
    EXPECT_TRUE(parsed->done);
  }
}

TEST(HttpParser, LimitsAndRubbish) {
  EXPECT_EQ(parse(HttpKind::request, "POST / HTTP/1.1\r\nContent-Length: 2000\r\n\r\n", 64).error().code,
            Code::too_large);
  EXPECT_EQ(parse(HttpKind::request,
                  "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" + std::string(2000, 'x'), 64)
                .error()
                .code,
            Code::too_large);
  EXPECT_EQ(
      parse(HttpKind::request, "GET / HTTP/1.1\r\nX: " + std::string(600, 'x') + "\r\n\r\n", 64).error().code,
      Code::too_large);
  for (std::string_view bad :
       {"\x16\x03\x01\x02 tls", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabc",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"})
    EXPECT_EQ(parse(HttpKind::request, bad, 7).error().code, Code::invalid_request) << bad;
  EXPECT_EQ(parse(HttpKind::request,
                  "POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 9)
                .error()
                .code,
            Code::invalid_request);
}

TEST(HttpParser, AResponseWithoutLengthRunsToTheEnd) {
  const auto parsed = parse(HttpKind::response, "HTTP/1.1 200 OK\r\n\r\nall of it", 4);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->body, "all of it");
  EXPECT_FALSE(parsed->head.keep_alive);
}

}  // namespace
}  // namespace sensorium::net
