#include "workers/common/http.h"

#include <gmock/gmock.h>

namespace sensorium::worker {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

TEST(ParseHead, ReadsWhatOurClientSends) {
  const auto head = parse_head(
      "POST /read?x=1 HTTP/1.1\r\nHost: x\r\nauthorization: Bearer abc\r\ncontent-LENGTH: 12\r\n\r\n");
  ASSERT_TRUE(head) << head.error().message;
  EXPECT_EQ(head->method, "POST");
  EXPECT_EQ(head->path, "/read");
  EXPECT_EQ(head->bearer, "abc");
  EXPECT_EQ(head->content_length, 12u);
  EXPECT_TRUE(head->keep_alive);
}

TEST(ParseHead, OldVersionAndCloseEndTheConnection) {
  EXPECT_FALSE(parse_head("GET / HTTP/1.0\r\n\r\n")->keep_alive);
  EXPECT_FALSE(parse_head("GET / HTTP/1.1\r\nConnection: close\r\n\r\n")->keep_alive);
}

TEST(ParseHead, RefusesWhatIsNotHttp) {
  for (const auto* text :
       {"", "\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/2\r\n\r\n", "GET x HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n", "GET / HTTP/1.1\r\n: x\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 1x\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "GET / HTTP/1.1\r\nHost: x"}) {
    const auto head = parse_head(text);
    ASSERT_FALSE(head) << text;
    EXPECT_EQ(head.error().code, Code::invalid_request) << text;
  }
}

TEST(ParseHead, RefusesBodiesOverTheLimitBeforeTheyArrive) {
  for (const auto* length : {"67108865", "99999999999999999999999"}) {
    const auto head = parse_head(std::string("POST / HTTP/1.1\r\nContent-Length: ") + length + "\r\n\r\n");
    ASSERT_FALSE(head);
    EXPECT_EQ(head.error().code, Code::too_large);
  }
}

TEST(FormatReply, CarriesLengthAndStatus) {
  const auto text = format_reply({503, "{}"}, Connection::close);
  EXPECT_THAT(text, StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  EXPECT_THAT(text, HasSubstr("Content-Length: 2\r\nConnection: close\r\n"));
  EXPECT_THAT(text, EndsWith("\r\n\r\n{}"));
}

TEST(ErrorReply, QuotesTextSafely) {
  const auto reply = error_reply(Error(Code::corrupt_media, "a \"b\"\n", "c\\d"));
  EXPECT_EQ(reply.status, 422);
  EXPECT_EQ(reply.body, R"({"error":{"code":"corrupt_media","message":"a \"b\"\n","hint":"c\\d"}})");
}

TEST(SameKey, ComparesWholeKeys) {
  EXPECT_TRUE(same_key("abc", "abc"));
  EXPECT_FALSE(same_key("abc", "abd"));
  EXPECT_FALSE(same_key("abc", "ab"));
}

}  // namespace
}  // namespace sensorium::worker
