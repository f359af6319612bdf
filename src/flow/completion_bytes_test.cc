// Answers to bytes and back; what was cut is none.
#include "flow/completion_bytes.h"

#include <gtest/gtest.h>

namespace sensorium::flow {
namespace {

TEST(CompletionBytes, GivesBackWhatWasPut) {
  Completion completion;
  completion.text = std::string("a\0b", 3);
  completion.model = "gpt";
  completion.finish_reason = FinishReason::length;
  completion.usage = {-1, 2, std::int64_t{1} << 60, 4, true};
  completion.lines.push_back({1, "a line", {1, 2, 3, 4}});
  const auto back = from_bytes(to_bytes(completion));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->text, completion.text);
  EXPECT_EQ(back->finish_reason, FinishReason::length);
  EXPECT_EQ(back->usage.output_tokens, std::int64_t{1} << 60);
  EXPECT_EQ(back->usage.input_tokens, -1);
  ASSERT_EQ(back->lines.size(), 1U);
  EXPECT_EQ(back->lines[0].text, "a line");
  EXPECT_EQ(back->lines[0].region.height, 4);
}

TEST(CompletionBytes, RefusesEveryTruncation) {
  Completion completion;
  completion.text = "some text";
  const std::string bytes = to_bytes(completion);
  for (std::size_t n = 0; n < bytes.size(); ++n)
    EXPECT_FALSE(from_bytes(std::string_view(bytes).substr(0, n)));
}

}  // namespace
}  // namespace sensorium::flow
