// Twelve-megapixel photographs as they are sent, against the naive way: the original file, `detail` as
// given. Never more bytes, never more tokens, and on the whole at least four fifths fewer bytes.
#include <gtest/gtest.h>

#include <map>

#include "engine/engine_card.h"
#include "engine/model_table.h"
#include "media/samples.h"

namespace sensorium {
namespace {

using media::Detail;
using media::Size;

/// One model for each kind of rule.
constexpr std::pair<std::string_view, std::string_view> asked[] = {
    {"openai", "gpt-4o"},
    {"openai", "gpt-5.4-mini"},
    {"openai", "gpt-6-luna"},
    {"anthropic", "claude-haiku-4-5"},
    {"anthropic", "claude-opus-5-5"},
    {"gemini", "gemini-2.5-flash"},
    {"gemini", "gemini-3.8-flash"},
    {"qwen", "qwen3-vl-plus"},
    {"local", "internvl3-2b"},
    {"local", "smolvlm-500m"},
    {"local", "minicpm-v-2_6"},
    {"local", "gemma-3-4b"},
    {"local", "llava-v1.6-mistral-7b"},
    {"nobody", "never-heard-of-it"},
};

struct Photo {
  Size size;
  std::string_view format;
};
constexpr Photo photos[] = {
    {{4000, 3000}, ".jpg[Q=92]"}, {{3000, 4000}, ".jpg[Q=80]"}, {{4608, 2592}, ".jpg[Q=95]"}};

class Sizing : public testing::Test {
 protected:
  static const media::Picture& photo(std::size_t index) {
    static std::map<std::size_t, media::Picture> made;
    if (const auto found = made.find(index); found != made.end()) return found->second;
    const Photo& one = photos[index];
    const auto raster = media::samples::photo(one.size, static_cast<unsigned>(index + 1));
    return made.emplace(index, media::samples::open(media::samples::encode(raster, one.format)))
        .first->second;
  }
};

TEST_F(Sizing, sends_less_than_the_naive_way_and_costs_no_more) {
  std::int64_t naive_bytes = 0, sent_bytes = 0;
  for (std::size_t i = 0; i < std::size(photos); ++i) {
    const media::Picture& picture = photo(i);
    std::map<std::pair<int, int>, media::PreparedPicture> prepared;  // models share sizes
    for (const auto& [provider, model] : asked) {
      const EngineCard card = ModelTable::builtin().card(provider, model);
      const Size target = fit(card.prepare.pixels, picture.facts.size, Detail::automatic);
      auto& sent = prepared[{target.width, target.height}];
      if (!sent.bytes) {
        auto made = media::prepare(CallContext(), picture, card.prepare, Detail::automatic);
        ASSERT_TRUE(made) << made.error().message;
        sent = std::move(*made);
      }
      const auto detail = wire_detail(card, Detail::automatic, sent.size);
      const auto naive = picture_tokens(card.tokens, picture.facts.size, Detail::high);
      EXPECT_LE(picture_tokens(card.tokens, sent.size, detail), naive) << model;
      EXPECT_LE(sent.bytes->size(), picture.bytes->size()) << model;
      naive_bytes += static_cast<std::int64_t>(picture.bytes->size());
      sent_bytes += static_cast<std::int64_t>(sent.bytes->size());
    }
  }
  const double saved = 1 - static_cast<double>(sent_bytes) / static_cast<double>(naive_bytes);
  RecordProperty("bytes_saved_percent", static_cast<int>(saved * 100));
  std::printf("bytes: %.1f MB instead of %.1f MB, %.1f %% fewer\n", static_cast<double>(sent_bytes) / 1e6,
              static_cast<double>(naive_bytes) / 1e6, saved * 100);
  EXPECT_GE(saved, 0.8);
}

TEST(SizingOfAnySize, never_costs_more_than_the_original_would) {
  for (const auto& [provider, model] : asked) {
    const EngineCard card = ModelTable::builtin().card(provider, model);
    for (int width = 16; width < 6000; width = width * 5 / 4 + 3)
      for (int height = 16; height < 6000; height = height * 4 / 3 + 5) {
        constexpr int thinnest = 8;  // beyond it, roundings decide
        if (std::max(width, height) > thinnest * std::min(width, height)) continue;
        for (const Detail detail : {Detail::automatic, Detail::low, Detail::high}) {
          const Size sent = fit(card.prepare.pixels, {width, height}, detail);
          const auto naive = detail == Detail::low ? Detail::low : Detail::high;
          EXPECT_LE(picture_tokens(card.tokens, sent, wire_detail(card, detail, sent)),
                    picture_tokens(card.tokens, {width, height}, naive))
              << model << " " << width << "x" << height << " as " << sent.width << "x" << sent.height;
        }
      }
  }
}

TEST(WireDetail, is_low_only_where_low_shows_everything_for_less) {
  const EngineCard tiles = ModelTable::builtin().card("openai", "gpt-4o");
  EXPECT_EQ(wire_detail(tiles, Detail::automatic, {400, 512}), Detail::low);
  EXPECT_EQ(wire_detail(tiles, Detail::automatic, {400, 513}), Detail::high);
  EXPECT_EQ(wire_detail(tiles, Detail::high, {64, 64}), Detail::high) << "as asked";
  EXPECT_EQ(wire_detail(tiles, Detail::low, {4000, 64}), Detail::low);
  const EngineCard patches = ModelTable::builtin().card("openai", "gpt-6-luna");
  EXPECT_EQ(wire_detail(patches, Detail::automatic, {64, 64}), Detail::high) << "it costs the same";
}

}  // namespace
}  // namespace sensorium
