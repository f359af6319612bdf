#include "workers/reader/ctc.h"

#include <gmock/gmock.h>

namespace sensorium::reader {
namespace {

/// Columns as class numbers with a likelihood.
std::vector<float> columns(const Alphabet& alphabet, std::vector<std::pair<std::size_t, float>> path) {
  std::vector<float> out(path.size() * alphabet.classes(), 0.001F);
  for (std::size_t i = 0; i < path.size(); ++i) out[i * alphabet.classes() + path[i].first] = path[i].second;
  return out;
}

std::string text(const std::vector<Glyph>& glyphs) {
  std::string out;
  for (const auto& g : glyphs) out += g.text;
  return out;
}

TEST(Alphabet, HasBlankFirstAndSpaceLast) {
  const Alphabet alphabet("a\n中\r\nb\n");
  ASSERT_EQ(alphabet.classes(), 5u);
  EXPECT_EQ(alphabet.text(0), "");
  EXPECT_EQ(alphabet.text(2), "中");
  EXPECT_EQ(alphabet.text(4), " ");
}

TEST(Decode, MergesRepeatsAndKeepsDoublesAcrossBlanks) {
  const Alphabet alphabet("a\nb");
  const auto path =
      columns(alphabet, {{0, 1}, {1, 0.5F}, {1, 0.9F}, {0, 1}, {1, 0.8F}, {2, 0.7F}, {3, 0.6F}});
  const auto glyphs = decode(path, 7, alphabet);
  EXPECT_EQ(text(glyphs), "aab ");
  EXPECT_FLOAT_EQ(glyphs[0].likelihood, 0.9F);
  EXPECT_EQ(glyphs[0].column, 2);
  EXPECT_EQ(glyphs[1].column, 4);
}

TEST(Decode, NothingButBlanksIsNothing) {
  const Alphabet alphabet("a");
  EXPECT_TRUE(decode(columns(alphabet, {{0, 1}, {0, 1}}), 2, alphabet).empty());
  EXPECT_TRUE(decode({}, 0, alphabet).empty());
}

TEST(Decode, ARepeatRightAfterAnotherCharacterIsTwo) {
  const Alphabet alphabet("a\nb");
  EXPECT_EQ(text(decode(columns(alphabet, {{1, 1}, {2, 1}, {1, 1}}), 3, alphabet)), "aba");
}

}  // namespace
}  // namespace sensorium::reader
