// The published test vectors of every provider. The tables are read as the providers print them:
// one line per picture, one column per rule.
#include "engine/token_rule.h"

#include <gtest/gtest.h>

#include "engine/model_table.h"

namespace sensorium {
namespace {

using media::Detail;
using media::Size;
using Kind = TokenRule::Kind;

TokenRule tiles(int base, int per_tile) {
  return {.kind = Kind::tiles,
          .base = base,
          .per_tile = per_tile,
          .tile = 512,
          .max_side = 2048,
          .short_side = 768};
}
TokenRule patches(double multiplier, std::int64_t budget, int max_side) {
  return {.kind = Kind::patches,
          .multiplier = multiplier,
          .budget = budget,
          .max_side = max_side,
          .factor = 32,
          .low_side = 512};
}
TokenRule claude(int edge, std::int64_t cap) {
  return {.kind = Kind::claude, .budget = cap, .max_side = edge, .factor = 28};
}
TokenRule qwen(int factor, std::int64_t min_pixels, std::int64_t max_pixels) {
  return {.kind = Kind::qwen, .factor = factor, .min_pixels = min_pixels, .max_pixels = max_pixels};
}
std::int64_t tokens(const TokenRule& rule, Size size, Detail detail = Detail::high) {
  return picture_tokens(rule, size, detail);
}

TEST(OpenAiTiles, match_the_published_vectors) {
  struct Row {
    Size size;
    std::int64_t gpt4o, gpt5, mini;
  };
  for (const auto& row :
       {Row{{200, 200}, 255, 210, 8500}, Row{{512, 512}, 255, 210, 8500}, Row{{640, 480}, 425, 350, 14167},
        Row{{1024, 1024}, 765, 630, 25501}, Row{{1280, 720}, 1105, 910, 36835},
        Row{{1920, 1080}, 1105, 910, 36835}, Row{{1800, 2400}, 765, 630, 25501},
        Row{{2048, 4096}, 1105, 910, 36835}, Row{{3840, 2160}, 1105, 910, 36835}}) {
    EXPECT_EQ(tokens(tiles(85, 170), row.size), row.gpt4o) << row.size.width << "x" << row.size.height;
    EXPECT_EQ(tokens(tiles(70, 140), row.size), row.gpt5) << row.size.width << "x" << row.size.height;
    EXPECT_EQ(tokens(tiles(2833, 5667), row.size), row.mini) << row.size.width << "x" << row.size.height;
  }
  EXPECT_EQ(tokens(tiles(85, 170), {4000, 3000}, Detail::low), 85);
}

TEST(OpenAiPatches, match_the_published_vectors) {
  struct Row {
    Size size;
    std::int64_t mini, medium, large, original;
  };
  for (const auto& row :
       {Row{{200, 200}, 80, 59, 59, 59}, Row{{512, 512}, 415, 308, 308, 308},
        Row{{640, 480}, 487, 360, 360, 360}, Row{{1024, 1024}, 1659, 1229, 1229, 1229},
        Row{{1280, 720}, 1491, 1104, 1104, 1104}, Row{{1920, 1080}, 2443, 2448, 2448, 2448},
        Row{{2048, 4096}, 2362, 2458, 2940, 9831}, Row{{3840, 2160}, 2443, 2765, 2931, 9792}}) {
    EXPECT_EQ(tokens(patches(1.62, 1536, 2048), row.size), row.mini)
        << row.size.width << "x" << row.size.height;
    EXPECT_EQ(tokens(patches(1.2, 2500, 2048), row.size), row.medium)
        << row.size.width << "x" << row.size.height;
    EXPECT_EQ(tokens(patches(1.2, 2500, 65535), row.size), row.large)
        << row.size.width << "x" << row.size.height;
    EXPECT_EQ(tokens(patches(1.2, 0, 65535), row.size), row.original)
        << row.size.width << "x" << row.size.height;
  }
  EXPECT_EQ(tokens(patches(1, 1536, 2048), {1800, 2400}), 1452) << "published: 1056x1408";
  EXPECT_EQ(tokens(patches(1, 1536, 2048), {1024, 1024}), 1024) << "published";
  EXPECT_EQ(tokens(patches(1, 1536, 2048), {1920, 1080}), 1508);
  EXPECT_EQ(tokens(patches(1.2, 2500, 65535), {640, 480}, Detail::low), 231) << "512x384";
  EXPECT_EQ(tokens(patches(1.2, 2500, 65535), {8000, 8000}), 3000) << "never above 2500 * 1.2";
}

TEST(Claude, matches_the_published_vectors) {
  struct Row {
    Size size;
    std::int64_t standard, high;
  };
  for (const auto& row :
       {Row{{200, 200}, 64, 64}, Row{{640, 480}, 414, 414}, Row{{1000, 1000}, 1296, 1296},
        Row{{1092, 1092}, 1521, 1521}, Row{{1280, 720}, 1196, 1196}, Row{{1920, 1080}, 1560, 2691},
        Row{{1075, 1520}, 1551, 2145}, Row{{2000, 1500}, 1564, 3888}, Row{{3840, 2160}, 1560, 4784}}) {
    EXPECT_EQ(tokens(claude(1568, 1568), row.size), row.standard) << row.size.width << "x" << row.size.height;
    EXPECT_EQ(tokens(claude(2576, 4784), row.size), row.high) << row.size.width << "x" << row.size.height;
  }
}

TEST(Gemini, counts_tiles_on_2x_and_levels_on_3x) {
  const TokenRule rule{.kind = Kind::gemini_tiles, .per_tile = 258, .max_side = 3072};
  EXPECT_EQ(tokens(rule, {384, 384}), 258);
  EXPECT_EQ(tokens(rule, {10, 384}), 258);
  EXPECT_EQ(tokens(rule, {960, 540}), 1548) << "published: unit 360, 3 x 2 tiles";
  EXPECT_EQ(tokens(rule, {385, 100}), 258 * 2) << "the unit is at least 256";
  EXPECT_EQ(tokens(rule, {3072, 3072}), 258 * 16) << "and at most 768";
  EXPECT_EQ(tokens(rule, {6144, 6144}), 258 * 16);
  EXPECT_EQ(tokens({.kind = Kind::fixed, .per_tile = 1120}, {4000, 3000}), 1120);
}

TEST(Qwen, matches_the_published_vectors) {
  struct Row {
    Size size;
    std::int64_t f32_small, f32_large, f28_small, f28_large;
  };
  for (const auto& row : {Row{{640, 480}, 300, 300, 391, 391}, Row{{1024, 1024}, 1024, 1024, 1225, 1369},
                          Row{{1280, 720}, 880, 880, 1196, 1196}, Row{{1920, 1080}, 2040, 2040, 1222, 2691},
                          Row{{3840, 2160}, 2479, 8160, 1222, 10549}}) {
    EXPECT_EQ(tokens(qwen(32, 65536, 2560 * 1024), row.size), row.f32_small)
        << row.size.width << "x" << row.size.height;
    EXPECT_EQ(tokens(qwen(32, 65536, 16384 * 1024), row.size), row.f32_large)
        << row.size.width << "x" << row.size.height;
    EXPECT_EQ(tokens(qwen(28, 3136, 1280 * 784), row.size), row.f28_small)
        << row.size.width << "x" << row.size.height;
    EXPECT_EQ(tokens(qwen(28, 3136, 16384 * 784), row.size), row.f28_large)
        << row.size.width << "x" << row.size.height;
  }
  EXPECT_EQ(tokens(qwen(32, 65536, 2560 * 1024), {16, 16}), 64) << "small pictures are enlarged";
  TokenRule billed = qwen(32, 65536, 2560 * 1024);
  billed.base = 2;
  EXPECT_EQ(tokens(billed, {640, 480}), 302) << "with its two markers";
}

TEST(OpenModels, count_tiles_as_their_processors_do) {
  const TokenRule internvl{
      .kind = Kind::grid, .per_tile = 256, .tile = 448, .max_tiles = 12, .thumbnail = true};
  EXPECT_EQ(tokens(internvl, {448, 448}), 256);
  EXPECT_EQ(tokens(internvl, {896, 448}), 256 * 3);
  EXPECT_EQ(tokens(internvl, {1344, 1792}), 256 * 13) << "3 x 4 tiles and the thumbnail: the most there is";
  const TokenRule smolvlm{.kind = Kind::split, .per_tile = 64, .tile = 512, .max_side = 2048};
  EXPECT_EQ(tokens(smolvlm, {1000, 1000}), 1088);
  EXPECT_EQ(tokens(smolvlm, {800, 600}), 832) << "4 x 3 tiles";
  EXPECT_EQ(tokens({.kind = Kind::split, .per_tile = 81, .tile = 384, .max_side = 1536}, {500, 500}), 1377);
  const TokenRule minicpm{.kind = Kind::slices, .per_tile = 64, .tile = 448, .max_tiles = 9};
  EXPECT_EQ(tokens(minicpm, {400, 400}), 64);
  EXPECT_EQ(tokens(minicpm, {1344, 1344}), 640);
  EXPECT_EQ(tokens(minicpm, {9000, 9000}), 640);
  const TokenRule llava{.kind = Kind::anyres, .per_tile = 576, .tile = 336};
  EXPECT_EQ(tokens(llava, {672, 672}), 2880);
  EXPECT_EQ(tokens(llava, {672, 336}), 576 * 3);
  EXPECT_EQ(tokens({.kind = Kind::fixed, .per_tile = 256}, {1, 9999}), 256) << "Gemma 3";
}

TEST(PictureTokens, are_finite_for_every_kind_and_every_shape) {
  TokenRule rule{.base = 1,
                 .per_tile = 10,
                 .tile = 448,
                 .max_tiles = 12,
                 .multiplier = 1.2,
                 .budget = 1500,
                 .max_side = 2048,
                 .short_side = 768,
                 .factor = 32,
                 .low_side = 512,
                 .min_pixels = 1024,
                 .max_pixels = 1'000'000};
  for (int kind = 0; kind <= static_cast<int>(Kind::anyres); ++kind) {
    rule.kind = static_cast<Kind>(kind);
    for (const Size size :
         {Size{0, 0}, Size{-5, 7}, Size{1, 1}, Size{1, 100'000}, Size{100'000, 1}, Size{40'000, 40'000}})
      for (const Detail detail : {Detail::low, Detail::high, Detail::automatic}) {
        const auto count = tokens(rule, size, detail);
        EXPECT_GE(count, 0) << kind << " " << size.width << "x" << size.height;
        EXPECT_LE(count, 20'000'000) << kind << " " << size.width << "x" << size.height;
      }
  }
  EXPECT_EQ(tokens({.kind = Kind::none}, {640, 480}), 0);
  EXPECT_EQ(tokens({}, {640, 480}), 300) << "unknown: 32 px patches";
}

TEST(TextTokens, count_latin_by_four_bytes_and_cjk_by_characters) {
  EXPECT_EQ(text_tokens(""), 0);
  EXPECT_EQ(text_tokens("a"), 1);
  EXPECT_EQ(text_tokens("What is in this picture?"), 6);
  EXPECT_EQ(text_tokens("\xE8\xBF\x99\xE6\x98\xAF\xE4\xBB\x80\xE4\xB9\x88"), 4);
  EXPECT_EQ(text_tokens("\xD0\x9F\xD1\x80\xD0\xB8\xD0\xB2"), 2);
  EXPECT_EQ(text_tokens("\xFF\xFE\x80"), 2) << "not UTF-8: still a number";
}

}  // namespace
}  // namespace sensorium
