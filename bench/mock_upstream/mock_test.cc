// The mock must not excuse what a real provider refuses: half of these are requests it has to refuse.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/hash.h"
#include "common/http_text.h"
#include "mock_upstream/answer.h"
#include "mock_upstream/picture.h"
#include "mock_upstream/verdict.h"

namespace sensorium {
namespace {

using testing::HasSubstr;

TEST(Sha256, KnownAnswers) {
  EXPECT_EQ(bench::sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(bench::sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(bench::sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(FastHash, EveryByteCounts) {
  std::string bytes(100, 'x');
  const auto before = bench::fast_hash(bytes, 1);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto other = bytes;
    other[i] = 'y';
    EXPECT_NE(bench::fast_hash(other, 1), before) << i;
  }
  EXPECT_NE(bench::fast_hash(bytes + std::string(1, '\0'), 1), before);
}

TEST(Head, ReadsFieldsInAnyCase) {
  const auto head = bench::parse_head("POST /x?y HTTP/1.1\r\nHost: a\r\ncontent-LENGTH:  5 \r\n\r\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->first, "POST");
  EXPECT_EQ(head->second, "/x?y");
  EXPECT_EQ(head->third, "HTTP/1.1");
  EXPECT_EQ(head->get("Content-Length"), "5");
  EXPECT_EQ(head->get("absent"), "");
}

TEST(Head, RefusesLinesWithoutAName) {
  EXPECT_FALSE(bench::parse_head("GET / HTTP/1.1\r\nno colon\r\n\r\n"));
  EXPECT_FALSE(bench::parse_head("GET / HTTP/1.1\r\n: x\r\n\r\n"));
  EXPECT_FALSE(bench::parse_head("\r\n\r\n"));
}

TEST(ChunkedReader, ReadsInAnyPieces) {
  const std::string message = "5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nX: y\r\n\r\n";
  for (std::size_t step = 1; step <= message.size(); ++step) {
    bench::ChunkedReader reader;
    std::string body;
    for (std::size_t at = 0; at < message.size(); at += step) {
      std::string_view input = std::string_view(message).substr(at, step);
      for (auto piece = reader.next(input); !piece.empty(); piece = reader.next(input)) body += piece;
    }
    EXPECT_EQ(body, "hello world") << step;
    EXPECT_EQ(reader.state(), bench::ChunkedReader::State::done);
  }
}

TEST(ChunkedReader, RefusesBadSizes) {
  for (std::string_view input : {"zz\r\n", "-1\r\n", "fffffffffffffffff\r\n", "1\r\nab\r\n"}) {
    bench::ChunkedReader reader;
    while (!reader.next(input).empty()) {}
    EXPECT_EQ(reader.state(), bench::ChunkedReader::State::bad);
  }
}

TEST(Options, AppliesAList) {
  mock::Options options;
  ASSERT_TRUE(mock::apply_options(options, "ttft=200;gap=1.5s;chunks=7;stamp;reply=a=b c;"));
  EXPECT_EQ(options.ttft, std::chrono::milliseconds(200));
  EXPECT_EQ(options.gap, std::chrono::milliseconds(1500));
  EXPECT_EQ(options.chunks, 7);
  EXPECT_TRUE(options.stamp);
  EXPECT_EQ(options.reply, "a=b c");
}

TEST(Options, RefusesWhatItDoesNotKnow) {
  mock::Options options;
  for (const auto* spec :
       {"nonsense", "chunks=x", "chunks=", "ttft=-1", "ttft=5y", "cutrate=2", "stamp=maybe", "gap=99999999"})
    EXPECT_FALSE(mock::apply_options(options, spec)) << spec;
}

TEST(Base64, DecodesStrictly) {
  EXPECT_EQ(mock::decode_base64("aGVsbG8="), "hello");
  EXPECT_EQ(mock::decode_base64(""), "");
  for (const auto* bad : {"a", "aGVsbG8", "aGVs bG8", "aGVsbG9=", "====", "a===", "aGV*"})
    EXPECT_FALSE(mock::decode_base64(bad)) << bad;
}

TEST(Picture, RefusesCutOnes) {
  EXPECT_THAT(mock::read_picture("\xff\xd8\xff\xe0").error(), HasSubstr("frame"));
  EXPECT_THAT(mock::read_picture("hello").error(), HasSubstr("not a"));
  EXPECT_THAT(mock::read_picture("GIF89a\1\0\1\0\0\0\0\0\0\0").error(), HasSubstr("GIF"));
}

std::string request(std::string_view rest) {
  return R"({"model":"gpt-4o;chunks=2","messages":[{"role":"user","content":[{"type":"text","text":"hi"})" +
         std::string(rest);
}

TEST(Judge, AcceptsAGoodRequestAndRemembersIt) {
  mock::Judge judge{mock::Options{}};
  const auto body = request(R"(]}],"stream":true,"stream_options":{"include_usage":true}})");
  const auto verdict = judge.judge(body);
  EXPECT_EQ(verdict->error, "");
  EXPECT_EQ(verdict->text, "hi");
  EXPECT_TRUE(verdict->stream && verdict->include_usage);
  EXPECT_EQ(verdict->options.chunks, 2);
  EXPECT_EQ(judge.judge(body), verdict);
}

TEST(Judge, NamesThePlaceOfEachFault) {
  mock::Judge judge{mock::Options{}};
  const auto error = [&](const std::string& body) { return judge.judge(body)->error; };
  EXPECT_THAT(error("{"), HasSubstr("invalid JSON"));
  EXPECT_THAT(error("{} x"), HasSubstr("extra"));
  EXPECT_THAT(error("[]"), HasSubstr("object"));
  EXPECT_THAT(error("{}"), HasSubstr("model"));
  EXPECT_THAT(error(R"({"model":"m","messages":[]})"), HasSubstr("messages"));
  EXPECT_THAT(error(R"({"model":"m","messages":[{"role":"boss","content":"x"}]})"),
              HasSubstr("messages[0].role"));
  EXPECT_THAT(error(R"({"model":"m","messages":[{"role":"user","content":[{"type":"video"}]}]})"),
              HasSubstr("messages[0].content[0].type"));
  EXPECT_THAT(error(request(R"(,{"type":"image_url","image_url":{"url":"http://a/b"}}]}]})")),
              HasSubstr("content[1]"));
  EXPECT_THAT(error(request(R"(,{"type":"image_url","image_url":{"url":"data:image/png;base64,????"}}]}]})")),
              HasSubstr("base64"));
  EXPECT_THAT(
      error(request(
          R"(,{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","detail":"auto "}}]}]})")),
      HasSubstr("detail"));
  EXPECT_THAT(error(request(R"(]}],"max_tokens":0})")), HasSubstr("max_tokens"));
  EXPECT_THAT(error(request(R"(]}],"stream_options":{}})")), HasSubstr("stream_options"));
  EXPECT_THAT(error(request(R"(]}],"colour":1})")), HasSubstr("unrecognized"));
}

TEST(Answer, SlicesKeepWholeCharacters) {
  mock::Verdict verdict;
  mock::Options options;
  options.reply = "αβγδε漢字";
  options.chunks = 9;
  mock::EventWriter events(verdict, options, 1);
  std::string text;
  for (int i = 0; i < options.chunks; ++i) {
    const auto event = std::string(events.content(i));
    const auto from = event.find("\"content\":\"") + 11;
    text += event.substr(from, event.find('"', from) - from);
  }
  EXPECT_EQ(text, options.reply);
}

}  // namespace
}  // namespace sensorium
