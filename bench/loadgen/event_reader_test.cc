// A tool that says "no text lost" must see lost text.
#include "loadgen/event_reader.h"

#include <gtest/gtest.h>

namespace sensorium::bench {
namespace {

constexpr std::string_view ours =
    "id: s:1\ndata: {\"content\":\"1700000000000000000#0 a \"}\n\n"
    "id: s:2\ndata: {\"content\":\"1700000000000000500#1 b \"}\n\n"
    "event: result\ndata: {\"result\":\"1700000000000000000#0 a 1700000000000000500#1 b \"}\n\ndata: "
    "[DONE]\n\n";

StreamFacts read(std::string_view text, std::size_t step) {
  EventReader reader;
  for (std::size_t at = 0; at < text.size(); at += step)
    reader.feed(text.substr(at, step), 1'700'000'000'000'001'000);
  return reader.facts();
}

TEST(EventReader, FindsStampsAndNumbersInAnyPieces) {
  for (std::size_t step = 1; step < ours.size(); ++step) {
    const auto facts = read(ours, step);
    EXPECT_EQ(facts.chunks, 2);
    EXPECT_EQ(facts.lags, (std::vector<std::int64_t>{1000, 500})) << step;
    EXPECT_TRUE(facts.done && facts.in_order && !facts.failed && !facts.result_differs) << step;
    EXPECT_EQ(facts.next_number, 2);
  }
}

TEST(EventReader, ReadsOpenAiChunks) {
  const auto facts = read(
      "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\r\n\r\n"
      "data: {\"choices\":[{\"delta\":{\"content\": \"#0 x\"}}]}\r\n\r\ndata: [DONE]\r\n\r\n",
      1000);
  EXPECT_EQ(facts.chunks, 1);
  EXPECT_EQ(facts.next_number, 1);
  EXPECT_TRUE(facts.done);
}

TEST(EventReader, SeesLostDoubledAndSwappedText) {
  for (const std::string numbers : {"#0 #2 ", "#0 #0 ", "#1 #0 ", "#1 "})
    EXPECT_FALSE(read("data: {\"content\":\"" + numbers + "\"}\n\ndata: [DONE]\n\n", 7).in_order) << numbers;
}

TEST(EventReader, SeesAResultThatDiffersFromTheStream) {
  EXPECT_TRUE(
      read("data: {\"content\":\"ab\"}\n\nevent: result\ndata: {\"result\":\"a\"}\n\n", 100).result_differs);
  EXPECT_TRUE(read("data: {\"content\":\"ab\"}\n\nevent: result\ndata: {}\n\n", 100).result_differs);
  EXPECT_FALSE(read("data: {\"content\":\"\\u00e4\\n\\ud83d\\ude00\"}\n\nevent: result\ndata: "
                    "{\"result\":\"ä\\n😀\"}\n\n",
                    100)
                   .result_differs);
}

TEST(EventReader, SeesErrorsAndMissingEnds) {
  EXPECT_TRUE(read("event: error\ndata: {\"error\":{}}\n\n", 5).failed);
  EXPECT_TRUE(read("data: {\"error\":{\"message\":\"x\"}}\n\n", 5).failed);
  EXPECT_FALSE(read("data: {\"content\":\"a\"}\n\n", 5).done);
}

}  // namespace
}  // namespace sensorium::bench
