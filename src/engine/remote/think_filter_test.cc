#include "engine/remote/think_filter.h"

#include <gtest/gtest.h>

namespace sensorium::upstream {
namespace {

std::string filtered(std::string_view text, std::size_t piece) {
  ThinkFilter filter;
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += piece) filter.pass(text.substr(at, piece), out);
  filter.end(out);
  return out;
}

void expect(std::string_view text, std::string_view answer) {
  for (std::size_t piece = 1; piece <= text.size() + 1; ++piece)
    EXPECT_EQ(filtered(text, piece), answer) << text << " in pieces of " << piece;
}

TEST(ThinkFilter, takes_a_thought_off_the_beginning_however_it_is_cut) {
  expect("<think>hm, a cat?</think>\n\nA cat.", "A cat.");
  expect("\n <think></think>A cat.", "A cat.");
  expect("<think>a < b </thin </thinking> ></think> yes", "yes");
}

TEST(ThinkFilter, leaves_everything_else_alone) {
  expect("A cat.", "A cat.");
  expect("  A cat. <think>not a thought</think>", "  A cat. <think>not a thought</think>");
  expect("<thinker>", "<thinker>");
  expect("<thi", "<thi");
  expect("", "");
  expect("  ", "  ");
  expect("<think>x</think>A <think>y</think>", "A <think>y</think>");
}

TEST(ThinkFilter, has_no_answer_when_the_thought_does_not_end) {
  expect("<think>and so on", "");
  expect("<think>x</think>\n", "");
}

TEST(ThinkFilter, holds_no_more_than_a_mark_of_a_long_thought) {
  ThinkFilter filter;
  std::string out;
  filter.pass("<think>", out);
  for (int i = 0; i < 1000; ++i) filter.pass(std::string(1000, '<'), out);
  filter.pass("</think>done", out);
  EXPECT_EQ(out, "done");
}

}  // namespace
}  // namespace sensorium::upstream
