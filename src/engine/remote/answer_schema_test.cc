// Schemas adapted to what providers take, and those that cannot be.
#include "engine/remote/answer_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sensorium::upstream {
namespace {

std::optional<std::string> strict(std::string json) { return strict_schema({std::move(json), "answer"}); }
std::optional<std::string> bounded(std::string json) { return bounded_schema({std::move(json), "answer"}); }

TEST(StrictSchema, closes_objects_and_requires_everything) {
  EXPECT_EQ(
      strict(R"({"type":"object","properties":{"a":{"type":"number"}},"required":["a"]})"),
      R"({"type":"object","properties":{"a":{"type":"number"}},"required":["a"],"additionalProperties":false})");
}

TEST(StrictSchema, lets_what_was_optional_be_null) {
  EXPECT_EQ(
      strict(R"({"type":"object","properties":{"a":{"type":"string"},"b":{"enum":["x"],"type":"string"},)"
             R"("c":{"type":["number","null"]},"d":{"$ref":"#/$defs/D"}},"$defs":{"D":{"type":"integer"}}})"),
      R"({"type":"object","properties":{"a":{"type":["string","null"]},"b":{"enum":["x",null],"type":["string","null"]},)"
      R"("c":{"type":["number","null"]},"d":{"anyOf":[{"$ref":"#/$defs/D"},{"type":"null"}]}},)"
      R"("$defs":{"D":{"type":"integer"}},"required":["a","b","c","d"],"additionalProperties":false})");
}

TEST(StrictSchema, goes_into_lists_and_nested_objects) {
  const auto out =
      strict(R"({"type":"object","required":["items"],"properties":{"items":{"type":"array","items":)"
             R"({"type":"object","properties":{"n":{"type":"integer","default":3}},"required":["n"]}}}})");
  ASSERT_TRUE(out);
  EXPECT_THAT(
      *out,
      testing::HasSubstr(
          R"("items":{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"],"additionalProperties":false})"));
}

TEST(StrictSchema, gives_up_where_it_would_change_the_meaning) {
  EXPECT_FALSE(strict(R"({"type":"array","items":{"type":"string"}})")) << "the root must be an object";
  EXPECT_FALSE(strict(R"({"type":"object"})")) << "any members";
  EXPECT_FALSE(strict(R"({"type":"object","properties":{"a":{}},"additionalProperties":{"type":"string"}})"));
  EXPECT_FALSE(strict(R"({"type":"object","properties":{"a":{"allOf":[{"type":"string"}]}}})"));
  EXPECT_FALSE(strict(R"({"anyOf":[{"type":"object","properties":{"a":{}}}],"properties":{"a":{}}})"));
  EXPECT_FALSE(strict("[]"));
  EXPECT_FALSE(strict("{"));
}

TEST(BoundedSchema, moves_bounds_into_descriptions) {
  EXPECT_EQ(
      bounded(
          R"({"type":"object","properties":{"n":{"type":"integer","minimum":1,"maximum":9,"description":"how many"},)"
          R"("l":{"type":"array","minItems":2,"items":{"type":"string","maxLength":4}}}})"),
      R"=({"type":"object","properties":{"n":{"type":"integer","description":"how many (minimum: 1, maximum: 9)"},)="
      R"=("l":{"type":"array","items":{"type":"string","description":"maxLength: 4"},"description":"minItems: 2"}},)="
      R"=("additionalProperties":false})=");
  EXPECT_THAT(*bounded(R"({"type":"object","properties":{"l":{"type":"array","minItems":1}}})"),
              testing::HasSubstr(R"("minItems":1)"));
}

TEST(BoundedSchema, gives_up_beyond_the_limits) {
  std::string many = R"({"type":"object","properties":{)";
  for (int i = 0; i < 25; ++i)
    many.append(i ? "," : "").append("\"p").append(std::to_string(i)).append(R"(":{"type":"string"})");
  EXPECT_FALSE(bounded(many + "}}")) << "25 optional properties";
  EXPECT_FALSE(bounded(
      R"({"type":"object","properties":{"n":{"$ref":"#/$defs/N"}},"$defs":{"N":{"type":"object","properties":{"next":{"$ref":"#/$defs/N"}}}}})"))
      << "recursion";
  EXPECT_TRUE(bounded(
      R"({"type":"object","properties":{"a":{"$ref":"#/$defs/N"},"b":{"$ref":"#/$defs/N"}},"$defs":{"N":{"type":"string"}}})"))
      << "the same definition twice is no recursion";
  EXPECT_FALSE(bounded(R"({"type":"object","additionalProperties":true})"));
}

TEST(CheckSchema, says_what_is_wrong) {
  EXPECT_TRUE(check_schema({R"({"type":"object"})", "x"}));
  for (const char* bad : {"", "{", "[]", "\"object\"", "7"}) {
    const auto status = check_schema({bad, "x"});
    ASSERT_FALSE(status) << bad;
    EXPECT_EQ(status.error().code, Code::invalid_request);
    EXPECT_EQ(status.error().param, "schema");
    EXPECT_FALSE(status.error().hint.empty());
  }
  EXPECT_FALSE(check_schema({std::string(2 << 20, ' '), "x"}));
}

TEST(SchemaName, is_one_that_providers_accept) {
  EXPECT_EQ(schema_name({"{}", "sensorium.answer/1"}), "sensorium_answer_1");
  EXPECT_EQ(schema_name({"{}", ""}), "answer");
  EXPECT_EQ(schema_name({"{}", std::string(99, 'a')}), std::string(64, 'a'));
}

}  // namespace
}  // namespace sensorium::upstream
