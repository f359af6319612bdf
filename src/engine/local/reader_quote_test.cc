// The reader's understanding and quoting, on fixed recognised lines.
#include "engine/local/reader_quote.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace sensorium::reader {
namespace {

using testing::HasSubstr;
using testing::Not;

ReadPage receipt() {
  ReadPage page;
  page.width = 600;
  page.height = 900;
  page.facts.format = "jpeg";
  page.lines = {{"HARBOUR HARDWARE", 0.99, {150, 20, 450, 70}},  {"12 March 2026", 0.98, {40, 120, 220, 145}},
                {"Hammer 12.50", 0.97, {40, 200, 300, 225}},     {"Nails 3.99", 0.97, {40, 240, 300, 265}},
                {"Total:", 0.99, {40, 400, 120, 425}},           {"$30.48", 0.99, {480, 402, 560, 426}},
                {"Call 555-123-4567", 0.96, {40, 820, 300, 845}}};
  for (auto& line : page.lines) line.height = line.box.height();
  return page;
}

ReadPage notice() {
  ReadPage page;
  page.width = 800;
  page.height = 600;
  page.lines = {{"图书馆开放时间", 0.99, {200, 20, 600, 80}},
                {"周一至周五 8:30 至 21:00", 0.98, {50, 150, 500, 180}},
                {"联系电话：010-12345678", 0.98, {50, 500, 500, 530}}};
  for (auto& line : page.lines) line.height = line.box.height();
  return page;
}

std::string answer(std::string_view prompt, const ReadPage& page) {
  const auto pieces = compose(prompt, std::span(&page, 1));
  return std::accumulate(pieces.begin(), pieces.end(), std::string());
}

TEST(ReaderQuote, FindsTheTotalBesideItsLabel) {
  const std::string text = answer("How much is the total?", receipt());
  EXPECT_THAT(text, HasSubstr("\"$30.48\" (right, 480,402-560,426)"));
  EXPECT_THAT(text, HasSubstr("\"Total:\""));
  EXPECT_THAT(text, Not(HasSubstr("HARBOUR")));
}

TEST(ReaderQuote, FindsDatesAndTelephoneNumbers) {
  EXPECT_THAT(answer("When was this?", receipt()), HasSubstr("\"12 March 2026\""));
  EXPECT_THAT(answer("What is the phone number?", receipt()), HasSubstr("555-123-4567"));
  EXPECT_THAT(answer("联系电话是多少？", notice()), HasSubstr("010-12345678"));
}

TEST(ReaderQuote, TheTitleIsTheLargestText) {
  EXPECT_THAT(answer("What is the title?", receipt()), HasSubstr("\"HARBOUR HARDWARE\""));
  EXPECT_THAT(answer("标题是什么", notice()), HasSubstr("“图书馆开放时间”"));
}

TEST(ReaderQuote, HowManyOfThingsIsNotAQuestionAboutLines) {
  EXPECT_THAT(answer("How many nails?", receipt()), Not(HasSubstr("Recognised")));
  EXPECT_THAT(answer("How many lines are there?", receipt()), HasSubstr("Recognised: 7 lines of text"));
}

TEST(ReaderQuote, ReadsEverythingInOrder) {
  const std::string text = answer("Read the text", receipt());
  EXPECT_LT(text.find("HARBOUR"), text.find("Hammer"));
  EXPECT_LT(text.find("Hammer"), text.find("Call 555"));
}

TEST(ReaderQuote, ChineseQuestionsMatchPairsOfCharacters) {
  const std::string text = answer("周五几点开放？", notice());
  EXPECT_THAT(text, HasSubstr("周一至周五"));
  EXPECT_THAT(text, HasSubstr("由 reader 回答"));
}

TEST(ReaderQuote, ANumberedHeadingBringsItsSection) {
  ReadPage page = notice();
  page.lines[0].text = "一、开放时间";
  page.lines.push_back({"二、借书办法", 0.99, {50, 200, 300, 230}, 30});
  page.lines.push_back({"每人十册", 0.99, {50, 240, 300, 270}, 30});
  const std::string text = answer("开放时间？", page);
  EXPECT_THAT(text, HasSubstr("周一至周五 8:30 至 21:00"));
  EXPECT_THAT(text, Not(HasSubstr("每人十册")));
  EXPECT_THAT(answer("怎么借书？", page), HasSubstr("每人十册"));
}

TEST(ReaderQuote, NumberedItemsAreNoHeadingsOfEachOther) {
  ReadPage page = receipt();
  page.lines[2].text = "1. Hammer 12.50";
  page.lines[3].text = "2. Nails 3.99";
  EXPECT_THAT(answer("hammer", page), Not(HasSubstr("Nails")));
}

TEST(ReaderQuote, SaysSoWhenNothingMatchesAndQuotesWhatThereIs) {
  const std::string text = answer("Is there a giraffe?", receipt());
  EXPECT_THAT(text, HasSubstr("No line of text in the picture matches"));
  EXPECT_THAT(text, HasSubstr("Nails 3.99"));
  EXPECT_THAT(text, HasSubstr("cannot see objects"));
}

TEST(ReaderQuote, AnEmptyPictureIsSaidToBeEmpty) {
  ReadPage blank;
  blank.width = blank.height = 100;
  EXPECT_THAT(answer("What does it say?", blank), HasSubstr("No text"));
  EXPECT_THAT(answer("", blank), HasSubstr("No text"));
}

TEST(ReaderQuote, FactsAreMeasuredOnes) {
  ReadPage page = receipt();
  page.facts.colours = {{"white", 0.8}, {"black", 0.2}};
  const std::string text = answer("What size is the picture and which colours?", page);
  EXPECT_THAT(text, HasSubstr("600 x 900 pixels"));
  EXPECT_THAT(text, HasSubstr("white 80 %"));
}

TEST(ReaderQuote, ForgivesOneRecognitionMistake) {
  ReadPage page = receipt();
  page.lines[2].text = "Hamner 12.50";
  EXPECT_THAT(answer("hammer price", page), HasSubstr("Hamner 12.50"));
}

TEST(ReaderQuote, EveryQuoteIsALineOfThePage) {
  const ReadPage page = receipt();
  for (std::string_view prompt :
       {"total", "what date", "hammer", "list all", "describe this", "\xff\xfe", "a?"}) {
    for (const auto& piece : compose(prompt, std::span(&page, 1))) {
      if (!piece.starts_with('"')) continue;
      const std::string quoted = piece.substr(1, piece.rfind("\" (") - 1);
      EXPECT_TRUE(std::ranges::any_of(page.lines, [&](const PageLine& l) { return l.text == quoted; }))
          << piece;
    }
  }
}

TEST(ReaderPage, BadRepliesAreErrors) {
  EXPECT_FALSE(parse_page("not json"));
  EXPECT_FALSE(parse_page("[]"));
  ASSERT_TRUE(parse_page("{}"));
  EXPECT_DOUBLE_EQ(
      parse_page(R"({"lines":[{"text":"a","box":[[0,0],[80,60],[74,68],[-6,8]]}]})")->lines.at(0).height, 10);
  EXPECT_TRUE(parse_page(R"({"lines":[{"text":5,"box":[[1]]}]})"));
  EXPECT_EQ(parse_reader_error(422, R"({"error":{"code":"corrupt_media","message":"m","hint":"h"}})").code,
            Code::corrupt_media);
  EXPECT_EQ(parse_reader_error(500, "<html>").code, Code::upstream_protocol);
}

}  // namespace
}  // namespace sensorium::reader
