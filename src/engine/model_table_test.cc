// The table that ships, as a user meets it, and what a wrong table is told.
#include "engine/model_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "engine/chat_engine.h"
#include "engine/registry.h"

namespace sensorium {
namespace {

using media::Detail;
using testing::Contains;
using testing::HasSubstr;
using namespace std::chrono_literals;

EngineCard card(std::string_view provider, std::string_view model) {
  return ModelTable::builtin().card(provider, model);
}
std::int64_t tokens(const EngineCard& card, int width, int height) {
  return picture_tokens(card.tokens, {width, height}, Detail::high);
}

TEST(BuiltinTable, knows_models_by_exact_name_and_by_dated_name) {
  EXPECT_EQ(tokens(card("openai", "gpt-4o"), 1024, 1024), 765);
  EXPECT_EQ(tokens(card("openai", "gpt-4o-2024-11-20"), 1024, 1024), 765);
  EXPECT_EQ(tokens(card("openai", "gpt-4o-mini"), 1024, 1024), 25501);
  EXPECT_EQ(tokens(card("openai", "gpt-4o-mini-2024-07-18"), 1024, 1024), 25501);
  EXPECT_EQ(tokens(card("openai", "gpt-5.4-mini"), 1024, 1024), 1659);
  EXPECT_EQ(tokens(card("openai", "gpt-6-luna"), 3840, 2160), 2931);
  EXPECT_EQ(tokens(card("anthropic", "claude-haiku-4-5-20251001"), 1920, 1080), 1560);
  EXPECT_EQ(tokens(card("anthropic", "claude-sonnet-5-5"), 1920, 1080), 2691);
  EXPECT_EQ(tokens(card("gemini", "gemini-2.5-flash"), 960, 540), 1548);
  EXPECT_EQ(tokens(card("gemini", "gemini-3.8-flash"), 960, 540), 1120);
  EXPECT_EQ(tokens(card("qwen", "qwen3-vl-plus"), 1920, 1080), 2042);
  EXPECT_EQ(tokens(card("qwen-us", "qwen3-vl-plus-2025-12-19"), 1920, 1080), 2042);
  EXPECT_EQ(tokens(card("llamacpp", "Qwen3VL-2B-Instruct-Q4_K_M.gguf"), 1280, 720), 880);
}

TEST(BuiltinTable, gives_unknown_models_their_familys_rules_and_no_price) {
  const EngineCard future = card("openai", "gpt-7-nova");
  EXPECT_EQ(tokens(future, 3840, 2160), 2931);
  EXPECT_FALSE(future.price);
  EXPECT_EQ(future.max_pictures, 500);

  const EngineCard resold = card("openrouter", "openai/gpt-4o");
  EXPECT_EQ(tokens(resold, 1024, 1024), 765);
  EXPECT_FALSE(resold.price) << "a reseller's price is its own";
  EXPECT_EQ(tokens(card("azure", "gpt-4o-mini"), 512, 512), 8500);
  EXPECT_EQ(tokens(card("vllm", "Qwen/Qwen3-VL-8B-Instruct"), 3840, 2160), 8160);
  EXPECT_EQ(tokens(card("ollama", "qwen2.5vl:7b"), 1024, 1024), 1369);
  EXPECT_EQ(tokens(card("lmstudio", "google/gemma-3-4b"), 1000, 2000), 256);

  const EngineCard unknown = card("nobody", "never-heard-of-it");
  EXPECT_EQ(unknown.prepare.pixels.max_side, 2048);
  EXPECT_FALSE(unknown.price);
  EXPECT_GT(unknown.max_pictures, 0);
}

TEST(BuiltinTable, local_servers_are_free_and_local) {
  for (const std::string_view provider : {"ollama", "lmstudio", "vllm", "sglang", "llamacpp", "local"}) {
    const EngineCard one = card(provider, "gemma3:4b");
    EXPECT_EQ(one.where, EngineCard::Where::local) << provider;
    ASSERT_TRUE(one.price) << provider;
    EXPECT_EQ(one.price->input, 0) << provider;
  }
}

TEST(BuiltinTable, never_sends_a_pixel_that_the_model_throws_away) {
  for (const auto& preset : provider_presets())
    for (const auto& name : ModelTable::builtin().models(preset.name)) {
      const EngineCard one = card(preset.name, name);
      const media::Size sent = media::fit(one.prepare.pixels, {4000, 3000}, Detail::high);
      const auto before = tokens(one, 4000, 3000), after = tokens(one, sent.width, sent.height);
      EXPECT_LE(after, before) << name;
      EXPECT_GE(static_cast<double>(after), 0.88 * static_cast<double>(before)) << name;
    }
}

TEST(BuiltinTable, knows_the_default_model_of_every_preset) {
  for (const auto& preset : provider_presets())
    if (!preset.default_model.empty())
      EXPECT_THAT(ModelTable::builtin().models(preset.name), Contains(std::string(preset.default_model)))
          << preset.name;
}

TEST(Cost, follows_the_table) {
  const EngineCard luna = card("openai", "gpt-6-luna");
  EXPECT_DOUBLE_EQ(*cost_usd(luna, {.input_tokens = 1000, .output_tokens = 100}),
                   (1000 * 0.1 + 100 * 0.5) / 1e6);
  EXPECT_DOUBLE_EQ(*cost_usd(luna, {.input_tokens = 1000, .cached_tokens = 400}),
                   (600 * 0.1 + 400 * 0.01) / 1e6);
  EXPECT_DOUBLE_EQ(*cost_usd(luna, {.input_tokens = 300'000, .output_tokens = 100}),
                   (300'000 * 0.2 + 100 * 0.75) / 1e6);
  EXPECT_DOUBLE_EQ(*cost_usd(card("ollama", "x"), {.input_tokens = 1000, .output_tokens = 100}), 0);
  EXPECT_EQ(cost_usd(card("openai", "gpt-7"), {.input_tokens = 1000}), std::nullopt);
  EXPECT_DOUBLE_EQ(*cost_usd(luna, {.input_tokens = 10, .cached_tokens = 400}), 10 * 0.01 / 1e6)
      << "never negative";
}

constexpr std::string_view small = R"({"schema":"sensorium.models/1","currencies":{"CNY":0.5},
  "rules":{"r":{"tokens":{"kind":"fixed","per_tile":7},"pixels":{"max_side":100}}},
  "providers":{"p":{"max_pictures":3,"rule":"r"},"q":{"like":"p","where":"local"}},
  "models":[{"provider":"p","models":["A","b*"],"price":[{"input":1,"output":2},{"input":3,"output":4,"from":"2027-01-01"}]},
            {"provider":"q","models":["c"],"price":{"currency":"CNY","input":2,"output":4}}]})";

TEST(Parse, chooses_the_price_of_the_day) {
  const auto before = ModelTable::parse(small, 2026y / 12 / 31);
  ASSERT_TRUE(before) << sentence(before.error());
  EXPECT_EQ(before->card("p", "a").price->input, 1);
  EXPECT_EQ(ModelTable::parse(small, 2027y / 1 / 1)->card("p", "a").price->input, 3);
}

TEST(Parse, converts_money_inherits_limits_and_ignores_case) {
  const auto table = ModelTable::parse(small);
  ASSERT_TRUE(table);
  EXPECT_EQ(table->card("q", "C").price->input, 1);
  EXPECT_EQ(table->card("q", "C").max_pictures, 3);
  EXPECT_EQ(table->card("p", "BEE").tokens.per_tile, 7);
  EXPECT_THAT(table->models("p"), testing::ElementsAre("a"));
  EXPECT_THAT(table->models("nobody"), testing::IsEmpty());
}

TEST(Parse, tells_where_a_table_is_wrong) {
  const auto with = [](std::string_view models) {
    return R"({"schema":"sensorium.models/1","rules":{"r":{"tokens":{"kind":"fixed"},"pixels":{}}},"providers":{"p":{}},"models":[)" +
           std::string(models) + "]}";
  };
  for (
      const auto& [json, told] : {
          std::pair<std::string, std::string>{"", "the top"},
          {"[]", "an object"},
          {"{}", "schema"},
          {R"({"schema":"sensorium.models/2"})", "schema"},
          {R"({"schema":"sensorium.models/1","modells":[]})", "modells"},
          {R"({"schema":"sensorium.models/1","rules":{"r":{"tokens":{"kind":"magic"},"pixels":{}}}})",
           "magic"},
          {R"({"schema":"sensorium.models/1","rules":{"r":{"tokens":{"kind":"tiles"},"pixels":{}}}})",
           "lacks"},
          {R"({"schema":"sensorium.models/1","rules":{"r":{"tokens":{"kind":"fixed","per_tyle":1},"pixels":{}}}})",
           "per_tyle"},
          {R"({"schema":"sensorium.models/1","providers":{"p":{"like":"q"}}})", "q"},
          {R"({"schema":"sensorium.models/1","providers":{"p":{"where":"moon"}}})", "local or remote"},
          {R"({"schema":"sensorium.models/1","providers":{"p":{"formats":["jpg"]}}})", "formats"},
          {with(R"({"provider":"x","models":["m"]})"), "providers"},
          {with(R"({"provider":"p","models":[]})"), "list of models"},
          {with(R"({"provider":"p","models":[7]})"), "strings"},
          {with(R"({"provider":"p","models":["m"],"rule":"s"})"), "no rule s"},
          {with(R"({"provider":"p","models":["m"],"context":-1})"), "context"},
          {with(R"({"provider":"p","models":["m"],"price":{"input":1}})"), "output"},
          {with(R"({"provider":"p","models":["m"],"price":{"input":-1,"output":1}})"), "input"},
          {with(R"({"provider":"p","models":["m"],"price":{"input":1,"output":1,"currency":"EUR"}})"), "EUR"},
          {with(R"({"provider":"p","models":["m"],"price":{"input":1,"output":1,"from":"soon"}})"), "date"},
          {with(R"({"provider":"p","models":["m"],"colour":"red"})"), "colour"},
      }) {
    const auto table = ModelTable::parse(json);
    ASSERT_FALSE(table.has_value()) << json;
    EXPECT_EQ(table.error().code, Code::misconfigured) << json;
    EXPECT_THAT(sentence(table.error()), HasSubstr(told)) << json;
  }
}

TEST(ModelTable, FamiliesNamePlacesInTheirOwnWay) {
  using Coordinates = EngineCard::Coordinates;
  const ModelTable& table = ModelTable::builtin();
  EXPECT_EQ(table.card("openai", "gpt-4o").coordinates, Coordinates::sent_pixels);
  EXPECT_EQ(table.card("qwen", "qwen3-vl-plus").coordinates, Coordinates::thousandths);
  EXPECT_EQ(table.card("qwen", "qwen2.5-vl-7b-instruct").coordinates, Coordinates::sent_pixels);
  EXPECT_EQ(table.card("gemini", "gemini-4-argon").coordinates, Coordinates::thousandths_yx);
  EXPECT_EQ(table.card("gemini", "gemini-from-next-year").coordinates, Coordinates::thousandths_yx);
}

TEST(OwnTable, is_loaded_or_told_with_its_file) {
  const std::string path = ::testing::TempDir() + "own_models.json";
  std::ofstream(path)
      << R"({"schema":"sensorium.models/1","rules":{"r":{"tokens":{"kind":"fixed","per_tile":7},"pixels":{}}},)"
         R"("providers":{"openai":{"rule":"r","price":{"input":1,"output":2}}}})";
  const auto table = ModelTable::load(path);
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(tokens(table->card("openai", "anything"), 1000, 1000), 7);
  EXPECT_EQ(table->token_rule("r")->per_tile, 7);
  EXPECT_EQ(table->token_rule("nobody"), nullptr);
  std::ofstream(path) << R"({"schema":"sensorium.models/1","models":[{"provider":"x","models":["m"]}]})";
  const auto wrong = ModelTable::load(path);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Code::misconfigured);
  EXPECT_THAT(wrong.error().message, HasSubstr("own_models.json"));
  std::filesystem::remove(path);
  EXPECT_FALSE(ModelTable::load(path));
  EXPECT_FALSE(ModelTable::load("/"));
}

}  // namespace
}  // namespace sensorium
