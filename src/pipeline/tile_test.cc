// Joining answers of tiles.
#include "pipeline/tile.h"

#include <gtest/gtest.h>

namespace sensorium::pipeline {
namespace {

TEST(Unrepeated, LinesThatTwoTilesSawAreTakenOnce) {
  EXPECT_EQ(unrepeated("one\ntwo\nthree", "Three.\nfour"), "four");
  EXPECT_EQ(unrepeated("one\ntwo\nthree", "- two\n- three\nfour"), "four");
  EXPECT_EQ(unrepeated("one\ntwo", "two"), "");
  EXPECT_EQ(unrepeated("one", "two\none"), "two\none") << "only at the seam";
  EXPECT_EQ(unrepeated("", "a"), "a");
  EXPECT_EQ(unrepeated("a", ""), "");
  EXPECT_EQ(unrepeated("a\n\n", "\n\nb"), "b");
}

TEST(TileRuleFor, AReaderGetsBandsAndAModelWhatWasAskedFor) {
  EngineCard model, reader;
  reader.prepare.as_is = true;
  EXPECT_EQ(tile_rule_for(model, {{700, 700}, 20, false}).most, (media::Size{700, 700}));
  const auto rule = tile_rule_for(reader, {});
  EXPECT_TRUE(rule.adaptive);
  EXPECT_GE(rule.most.width, 4000);
  EXPECT_LE(media::Size(rule.most).pixels(), 4'000'000);
}

}  // namespace
}  // namespace sensorium::pipeline
