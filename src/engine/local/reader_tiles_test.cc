// Pages put together from tiles.
#include "engine/local/reader_tiles.h"

#include <gtest/gtest.h>

namespace sensorium::reader {
namespace {

TilePage tile(media::Region region, std::vector<PageLine> lines, media::Size whole = {2000, 2000}) {
  TilePage out{{0, whole, region}, {}};
  out.page.width = region.width;
  out.page.height = region.height;
  out.page.lines = std::move(lines);
  return out;
}

PageLine line(std::string text, PageBox box, double confidence = 0.9) {
  return {std::move(text), confidence, box, static_cast<double>(box.height())};
}

std::vector<std::string> texts(const ReadPage& page) {
  std::vector<std::string> out;
  for (const auto& one : page.lines) out.push_back(one.text);
  return out;
}

using Texts = std::vector<std::string>;

TEST(ReaderTiles, LinesLieInTheWholePicture) {
  const TilePage tiles[] = {tile({0, 0, 2000, 1000}, {line("first", {10, 10, 200, 40})}),
                            tile({0, 1000, 2000, 1000}, {line("second", {10, 10, 200, 40})})};
  const auto page = joined(tiles);
  EXPECT_EQ(texts(page), (Texts{"first", "second"}));
  EXPECT_EQ(page.lines[1].box.top, 1010);
  EXPECT_EQ(page.width, 2000);
  EXPECT_EQ(page.height, 2000);
}

TEST(ReaderTiles, ALineSeenTwiceIsKeptOnceAndTheCutOneGoes) {
  // The second tile begins 64 px above the end of the first.
  const TilePage tiles[] = {
      tile({0, 0, 2000, 1000},
           {line("whole line", {10, 940, 300, 970}), line("cvt 1ine", {10, 980, 290, 999})}),
      tile({0, 936, 2000, 1064}, {line("whole line", {10, 5, 300, 34}), line("cut line", {10, 44, 300, 74}),
                                  line("next", {10, 90, 90, 120})})};
  EXPECT_EQ(texts(joined(tiles)), (Texts{"whole line", "cut line", "next"}));
}

TEST(ReaderTiles, ALineThatACutPartedIsOneAgain) {
  const TilePage tiles[] = {tile({0, 0, 1000, 500}, {line("The harbour office op", {100, 100, 1000, 140})}),
                            tile({936, 0, 1064, 500}, {line("e opens at seven", {0, 101, 700, 141})})};
  const auto page = joined(tiles);
  EXPECT_EQ(texts(page), (Texts{"The harbour office opens at seven"}));
  EXPECT_EQ(page.lines[0].box.left, 100);
  EXPECT_EQ(page.lines[0].box.right, 1636);
}

TEST(ReaderTiles, TextsAreJoinedWhereTheyAgree) {
  EXPECT_EQ(joined_text("the harbour offi", "our office opens", 8), "the harbour office opens");
  EXPECT_EQ(joined_text("请各位乘客在蓝色大", "蓝色大门旁边", 3), "请各位乘客在蓝色大门旁边");
  EXPECT_EQ(joined_text("closes at 18:4|", "at 18:45 today", 6), "closes at 18:45 today") << "a frayed end";
  EXPECT_EQ(joined_text("abcd", "wxyz", 2), "abcxyz") << "nothing agrees: half of each";
  EXPECT_EQ(joined_text("", "wxyz", 0), "wxyz");
  EXPECT_EQ(joined_text("ab", "", 40), "");
}

TEST(ReaderTiles, EqualLinesInOtherPlacesAreBothKept) {
  const TilePage tiles[] = {
      tile({0, 0, 2000, 1000}, {line("Total", {10, 10, 90, 40})}),
      tile({0, 1000, 2000, 1000}, {line("Total", {10, 10, 90, 40}), line("Total", {300, 10, 390, 40})})};
  EXPECT_EQ(texts(joined(tiles)).size(), 3U);
}

}  // namespace
}  // namespace sensorium::reader
