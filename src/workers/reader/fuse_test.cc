#include "workers/reader/fuse.h"

#include <gmock/gmock.h>

#include "workers/reader/script.h"

namespace sensorium::reader {
namespace {

std::vector<Glyph> glyphs(std::string_view text, float likelihood) {
  std::vector<Glyph> out;
  for (const auto c : characters(text)) {
    const bool after_space = !out.empty() && out.back().text == " ";
    out.push_back({c, likelihood, static_cast<int>(out.size()), after_space ? 0.9F : 0.0F});
  }
  return out;
}

std::vector<LatinWord> words(std::initializer_list<const char*> texts, float confidence) {
  std::vector<LatinWord> out;
  for (const auto* text : texts) out.push_back({text, confidence, 0, 0});
  return out;
}

TEST(Fused, DoubtfulSpacesAreTesseracts) {
  auto read = glyphs("Themeeting starts", 0.95F);
  read[3].space_before = 0.02F;
  const auto line = fused(read, words({"The", "meeting", "starts"}, 0.7F));
  EXPECT_EQ(line.text, "The meeting starts");
  EXPECT_EQ(line.source, "both");
}

TEST(Fused, MarksThatOnlyTesseractSeesAreDropped) {
  EXPECT_EQ(fused(glyphs("is moving", 0.99F), words({"‘is", "moving."}, 0.95F)).text, "is moving");
  EXPECT_EQ(fused(glyphs("Mill Street.", 0.99F), words({"‘Mill", "Street."}, 0.9F)).text, "Mill Street.");
}

TEST(Fused, ASureCharacterBeatsAnUnsureOne) {
  EXPECT_EQ(fused(glyphs("Tota1 30.48", 0.7F), words({"Total", "30.48"}, 0.95F)).text, "Total 30.48");
  EXPECT_EQ(fused(glyphs("Total 30.48", 0.97F), words({"Total", "3O.4B"}, 0.4F)).text, "Total 30.48");
}

TEST(Fused, AccentsComeFromTesseract) {
  EXPECT_EQ(fused(glyphs("The cafe", 0.99F), words({"The", "café"}, 0.9F)).text, "The café");
}

TEST(Fused, ALetterThatTesseractMissedStays) {
  EXPECT_EQ(fused(glyphs("reading", 0.99F), words({"reaing"}, 0.9F)).text, "reading");
  EXPECT_EQ(fused(glyphs("No 7 of", 0.99F), words({"No", "of"}, 0.9F)).text, "No 7 of");
}

TEST(Fused, NonsenseOfOneReaderIsNotMixedIn) {
  EXPECT_EQ(fused(glyphs("Invoice 2047", 0.98F), words({"|~", "~_"}, 0.3F)).text, "Invoice 2047");
  EXPECT_EQ(fused(glyphs("~~==", 0.3F), words({"Invoice", "2047"}, 0.92F)).text, "Invoice 2047");
}

TEST(Fused, OneSideAloneMustBeSure) {
  EXPECT_EQ(fused({}, words({"maybe"}, 0.6F)).text, "");
  EXPECT_EQ(fused({}, words({"surely"}, 0.95F)).text, "surely");
  EXPECT_EQ(fused(glyphs("alone", 0.9F), {}).text, "alone");
  EXPECT_EQ(fused({}, {}).text, "");
}

TEST(Fused, WordsThatTesseractCannotReadHaveNoEnds) {
  auto words =
      std::vector<LatinWord>{{"ERRNU", 0.0F, 0, 0}, {"etermine", 0.13F, 0, 0}, {"markers", 0.97F, 0, 0}};
  EXPECT_EQ(fused(glyphs("determine markers", 0.95F), words).text, "determine markers");
}

TEST(LatinText, PartsWordsWhereASpaceWasThoughtOf) {
  auto read = glyphs("iskept", 0.95F);
  read[2].space_before = 0.2F;
  read[4].space_before = 0.001F;
  EXPECT_EQ(latin_text(read).text, "is kept");
  EXPECT_EQ(latin_text({}).text, "");
}

TEST(IsClear, DoubtsAboutACharacterOrASpaceCount) {
  auto read = glyphs("is kept", 0.99F);
  EXPECT_TRUE(is_clear(read));
  read[5].space_before = 0.02F;
  EXPECT_FALSE(is_clear(read));
  read = glyphs("is kept", 0.99F);
  read[4].likelihood = 0.7F;
  EXPECT_FALSE(is_clear(read));
  EXPECT_FALSE(is_clear(glyphs("is kept", 0.9F)));
  EXPECT_FALSE(is_clear({}));
}

TEST(Fused, AFewMarksThatOnlyTesseractSeesAreNoText) { EXPECT_EQ(fused({}, words({"fo)"}, 0.95F)).text, ""); }

TEST(Fused, VeryLongLinesAreNotAligned) {
  const std::string text(1000, 'x');
  EXPECT_EQ(fused(glyphs(text, 0.9F), words({"short"}, 0.8F)).text, text);
}

}  // namespace
}  // namespace sensorium::reader
