// The table that ships, and the order that keys, memory and money make of it.
#include "service/recommend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sensorium::service {
namespace {

using State = Standing::State;
using testing::Contains;
using testing::HasSubstr;

ChoiceTable sample() {
  auto table = ChoiceTable::parse(R"({"schema":"sensorium.choice/1",
    "tasks":{"document":"d","chinese":"c","general":"g","video":"v","cheap":"m","private":"p"},
    "models":[
      {"model":"openai/big","document":5,"chinese":4,"general":5,"video":4,"latency":"slow","gpu":"none","note":"strong"},
      {"model":"openai/mini","document":4,"chinese":4,"general":4,"video":3},
      {"model":"local/fits","document":3,"chinese":5,"general":3,"video":0,"gpu":"helps"},
      {"model":"local/huge","document":5,"chinese":5,"general":5,"video":0,"gpu":"wanted"},
      {"model":"reader","document":2,"chinese":2,"general":0,"video":0}]})");
  EXPECT_TRUE(table) << (table ? "" : table.error().message);
  return std::move(*table);
}

std::vector<std::string> order(Purpose purpose, State openai) {
  std::vector<std::string> out;
  for (const auto& one :
       recommend(sample(), purpose, [&](const JudgedModel& model) -> std::optional<Standing> {
         if (model.model == "reader") return Standing{State::ready, "", 0.0};
         if (model.model == "local/fits") return Standing{State::to_pull, "1 GB", 0.0};
         if (model.model == "local/huge") return Standing{State::no_room, "99 GB", 0.0};
         return Standing{openai, "OPENAI_API_KEY", model.model == "openai/mini" ? 0.001 : 0.1};
       }))
    out.push_back(one.model);
  return out;
}

TEST(Recommend, puts_what_can_be_asked_now_first) {
  EXPECT_EQ(order(Purpose::document, State::ready),
            (std::vector<std::string>{"openai/big", "openai/mini", "reader", "local/fits", "local/huge"}));
  EXPECT_EQ(order(Purpose::document, State::no_key),
            (std::vector<std::string>{"reader", "local/fits", "openai/big", "openai/mini", "local/huge"}));
}

TEST(Recommend, leaves_out_what_is_of_no_use) {
  EXPECT_EQ(order(Purpose::video, State::ready), (std::vector<std::string>{"openai/big", "openai/mini"}));
  EXPECT_EQ(order(Purpose::private_use, State::ready),
            (std::vector<std::string>{"reader", "local/fits", "local/huge"}))
      << "nothing remote";
}

TEST(Recommend, looks_at_the_money_where_it_must_be_cheap) {
  EXPECT_EQ(order(Purpose::cheap, State::ready),
            (std::vector<std::string>{"reader", "openai/mini", "openai/big", "local/fits", "local/huge"}));
}

TEST(Recommend, gives_reasons_and_the_next_step) {
  const auto found =
      recommend(sample(), Purpose::general, [](const JudgedModel& model) -> std::optional<Standing> {
        if (model.model == "openai/big") return Standing{State::no_key, "OPENAI_API_KEY", 0.012};
        if (model.model == "local/huge") return Standing{State::to_pull, "9 GB", 0.0};
        return std::nullopt;
      });
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].next, "sensorium models pull local/huge");
  EXPECT_THAT(found[0].reasons, Contains(HasSubstr("graphics card")));
  EXPECT_THAT(found[0].reasons, Contains("nothing leaves this machine"));
  EXPECT_EQ(found[1].next, "export OPENAI_API_KEY=...");
  EXPECT_THAT(found[1].reasons, Contains("strong"));
  EXPECT_THAT(found[1].reasons, Contains("about $0.012 for a picture and a short answer"));
  EXPECT_THAT(found[1].reasons, Contains("pictures go to openai"));
}

TEST(ChoiceTable, that_ships_is_whole) {
  const ChoiceTable& table = ChoiceTable::builtin();
  EXPECT_GE(table.models().size(), 20U);
  for (const auto& model : table.models()) {
    EXPECT_THAT((std::vector<std::string>{"fast", "medium", "slow"}), Contains(model.latency)) << model.model;
    EXPECT_THAT((std::vector<std::string>{"none", "helps", "wanted"}), Contains(model.gpu)) << model.model;
    EXPECT_FALSE(model.note.empty()) << model.model;
  }
  EXPECT_THAT(table.find("local/internvl3-2b")->good_at(), Contains("document"));
  EXPECT_THAT(table.find("qwen/qwen3-vl-plus")->good_at(), Contains("chinese"));
  EXPECT_EQ(table.find("nobody"), nullptr);
}

TEST(ChoiceTable, refuses_a_bad_table_with_its_row) {
  const auto error = [](std::string_view models) {
    const auto table = ChoiceTable::parse(
        R"({"schema":"sensorium.choice/1","tasks":{"document":"d","chinese":"c","general":"g","video":"v","cheap":"m","private":"p"},"models":)" +
        std::string(models) + "}");
    EXPECT_FALSE(table) << models;
    return table ? "" : table.error().message;
  };
  EXPECT_THAT(error("[]"), HasSubstr("none"));
  EXPECT_THAT(error("[7]"), HasSubstr("object"));
  EXPECT_THAT(error(R"([{"model":"m","document":9,"chinese":0,"general":0,"video":0}])"),
              HasSubstr("document"));
  EXPECT_THAT(error(R"([{"model":"m","document":1,"chinese":0,"general":0}])"), HasSubstr("video"));
  EXPECT_THAT(error(R"([{"model":"m","document":1,"chinese":0,"general":0,"video":0,"smell":3}])"),
              HasSubstr("smell"));
  EXPECT_THAT(error(R"([{"document":1,"chinese":0,"general":0,"video":0}])"), HasSubstr("name"));
  for (const char* bad : {"", "[]", "{}", R"({"schema":"sensorium.choice/1"})"})
    EXPECT_FALSE(ChoiceTable::parse(bad)) << bad;
}

TEST(PurposeNamed, knows_its_names_and_says_them) {
  EXPECT_EQ(*purpose_named("private"), Purpose::private_use);
  EXPECT_EQ(name(*purpose_named("document")), "document");
  const auto refused = purpose_named("cooking");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().param, "task");
  EXPECT_THAT(refused.error().hint, HasSubstr("chinese"));
}

}  // namespace
}  // namespace sensorium::service
