// data/token_vectors.json: every published or computed count against the rule of the table that ships.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "base/json.h"
#include "engine/model_table.h"

namespace sensorium {
namespace {

json::value vectors() {
  std::ifstream file(SN_TOKEN_VECTORS);
  std::ostringstream text;
  text << file.rdbuf();
  auto parsed = json::parse(std::move(text).str());
  EXPECT_TRUE(parsed) << "data/token_vectors.json";
  return parsed ? std::move(*parsed) : json::value();
}

const TokenRule& rule_of(const json::value& vector) {
  const auto name = json::string_member(vector, "rule").value_or("");
  const TokenRule* rule = ModelTable::builtin().token_rule(name);
  EXPECT_TRUE(rule) << "there is no rule " << name;
  static const TokenRule none;
  return rule ? *rule : none;
}

media::Size size_of(const json::array& numbers) {
  return {static_cast<int>(numbers.at(0).as_int64()), static_cast<int>(numbers.at(1).as_int64())};
}

TEST(TokenVectors, pictures) {
  const json::value all = vectors();
  int count = 0;
  for (const json::value& vector : *json::array_member(all, "pictures")) {
    const auto detail =
        json::string_member(vector, "detail") == "low" ? media::Detail::low : media::Detail::high;
    for (const json::value& row : *json::array_member(vector, "pictures")) {
      const media::Size size = size_of(row.as_array());
      EXPECT_EQ(picture_tokens(rule_of(vector), size, detail), row.as_array().at(2).as_int64())
          << vector.at("rule") << " " << size.width << "x" << size.height;
      ++count;
    }
  }
  EXPECT_GT(count, 150) << "none was lost";
}

TEST(TokenVectors, videos) {
  for (const json::value& vector : *json::array_member(vectors(), "videos")) {
    const json::array& frames = vector.at("frames").as_array();
    EXPECT_EQ(video_tokens(rule_of(vector), size_of(frames), frames.at(2).as_int64()),
              json::integer_member(vector, "tokens"))
        << vector.at("rule");
  }
}

TEST(TokenVectors, sounds) {
  for (const json::value& vector : *json::array_member(vectors(), "sounds"))
    EXPECT_EQ(sound_tokens(rule_of(vector), static_cast<double>(vector.at("seconds").as_int64())),
              json::integer_member(vector, "tokens"))
        << vector.at("rule");
  EXPECT_EQ(sound_tokens({.sound_tokens = 32}, 0.5), 16);
  EXPECT_EQ(sound_tokens({}, 60), 0);
  EXPECT_EQ(video_tokens({}, {640, 480}, -3), 0);
}

TEST(TokenVectors, cover_the_rule_of_every_provider_that_has_published_some) {
  std::set<std::string> covered;
  const json::value all = vectors();
  for (const json::value& vector : *json::array_member(all, "pictures"))
    covered.insert(std::string(*json::string_member(vector, "rule")));
  EXPECT_GE(covered.size(), 30U);
}

}  // namespace
}  // namespace sensorium
