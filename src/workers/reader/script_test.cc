#include "workers/reader/script.h"

#include <gmock/gmock.h>

namespace sensorium::reader {
namespace {

TEST(Characters, SplitsUtf8) {
  EXPECT_THAT(characters("aé中😀"), testing::ElementsAre("a", "é", "中", "😀"));
  EXPECT_TRUE(characters("").empty());
}

TEST(Characters, ACutSequenceAtTheEndIsOnePiece) {
  EXPECT_THAT(characters("a\xE4\xB8"), testing::ElementsAre("a", "\xE4\xB8"));
}

TEST(CodePoint, DecodesEveryLength) {
  EXPECT_EQ(code_point("a"), U'a');
  EXPECT_EQ(code_point("é"), U'é');
  EXPECT_EQ(code_point("中"), U'中');
  EXPECT_EQ(code_point("😀"), U'😀');
  EXPECT_EQ(code_point(""), 0U);
}

TEST(ScriptOf, NamesTheWriting) {
  EXPECT_EQ(script_of("Total due"), "latin");
  EXPECT_EQ(script_of("café"), "latin");
  EXPECT_EQ(script_of("合计"), "han");
  EXPECT_EQ(script_of("第3页A"), "han");
  EXPECT_EQ(script_of("型号 NF-2047 Harbour"), "mixed");
  EXPECT_EQ(script_of("30.48"), "digits");
  EXPECT_EQ(script_of("—!?"), "none");
  EXPECT_EQ(script_of(""), "none");
}

TEST(IsWide, KnowsFullWidthForms) {
  EXPECT_TRUE(is_wide(U'，'));
  EXPECT_TRUE(is_wide(U'中'));
  EXPECT_FALSE(is_wide(U','));
}

}  // namespace
}  // namespace sensorium::reader
