// Choices of pages, readable and not.
#include "media/page_choice.h"

#include <gtest/gtest.h>

namespace sensorium::media {
namespace {

std::vector<int> pages(std::string_view text, int total, int most = 64, LoneNumber lone = LoneNumber::page) {
  const auto choice = parse_pages(text, lone);
  if (!choice) return {-1};
  const auto list = chosen(*choice, total, most);
  return list ? *list : std::vector<int>{-2};
}

TEST(PageChoice, RangesAreSortedAndJoined) {
  EXPECT_EQ(pages("1-3,7", 10), (std::vector<int>{0, 1, 2, 6}));
  EXPECT_EQ(pages("7, 2-3 ,3", 10), (std::vector<int>{1, 2, 6}));
  EXPECT_EQ(pages("9-", 10), (std::vector<int>{8, 9}));
  EXPECT_EQ(pages("1", 1), (std::vector<int>{0}));
}

TEST(PageChoice, ANumberAloneMayBeACount) {
  EXPECT_EQ(pages("4", 10), (std::vector<int>{3}));
  EXPECT_EQ(pages("4", 10, 64, LoneNumber::count), (std::vector<int>{0, 3, 6, 9}));
  EXPECT_EQ(pages("1", 10, 64, LoneNumber::count), (std::vector<int>{0}));
  EXPECT_EQ(pages("9", 3, 64, LoneNumber::count), (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(pages("2,4", 10, 64, LoneNumber::count), (std::vector<int>{1, 3}));
}

TEST(PageChoice, BeyondTheEndAndTooMany) {
  EXPECT_EQ(pages("11", 10), (std::vector<int>{-2}));
  EXPECT_EQ(pages("5-11", 10), (std::vector<int>{-2}));
  EXPECT_EQ(pages("1-", 10'000), (std::vector<int>{-2}));
  EXPECT_EQ(pages("65", 10'000, 64, LoneNumber::count), (std::vector<int>{-2}));
  EXPECT_EQ(pages("64", 10'000, 64, LoneNumber::count).size(), 64U);
  EXPECT_EQ(chosen(PageChoice{.ranges = {}, .spread = 0, .at_most = 10}, 10'000, 64)->size(), 10U);
}

TEST(PageChoice, WhatNamesNoPages) {
  for (const std::string_view text :
       {"", "0", "-3", "3-1", "a", "1;2", "1,,2", "1-2-3", "99999999999", "1.5", "+1"})
    EXPECT_EQ(pages(text, 10), (std::vector<int>{-1})) << text;
  EXPECT_EQ(pages(std::string(1000, ','), 10), (std::vector<int>{-1}));
}

TEST(PageChoice, TextIsReadBack) {
  for (const std::string_view text : {"1-3,7", "5-", "2"}) EXPECT_EQ(parse_choice(text)->text(), text);
  EXPECT_EQ(parse_choice("spread:4")->spread, 4);
  EXPECT_EQ(parse_choice("first:10")->text(), "first:10");
  EXPECT_FALSE(parse_choice("spread:x"));
}

}  // namespace
}  // namespace sensorium::media
