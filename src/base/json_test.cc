// Parsing with offsets, and every reader on right, wrong, missing and out-of-range fields.
#include "base/json.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

namespace sensorium::json {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
constexpr auto highest = std::numeric_limits<std::int64_t>::max();

object fields(std::string_view text) { return parse(text).value().as_object(); }

TEST(JsonParse, ReadsEveryKindOfValue) {
  EXPECT_TRUE(parse(" null \n").value().is_null());
  EXPECT_EQ(parse("-3").value().as_int64(), -3);
  EXPECT_EQ(parse("\"\\u4e2d\"").value().as_string(), "中");
  EXPECT_EQ(parse("[1,[2],{}]").value().as_array().size(), 3U);
}

TEST(JsonParse, NamesTheByteOfTheMistake) {
  const std::pair<std::string_view, std::string_view> cases[] = {{"", "byte 0"},
                                                                 {"{\"a\":1,}", "byte 7"},
                                                                 {"[1 2]", "byte 3"},
                                                                 {"{\"a\":1} x", "byte 8"},
                                                                 {"{'a':1}", "byte 1"},
                                                                 {"[1,2", "ends too early"},
                                                                 {"\"open", "ends too early"},
                                                                 {"nul", "ends too early"},
                                                                 {"[NaN]", "byte 1"},
                                                                 {"\"\xff\"", "byte 1"},
                                                                 {"[01]", "byte 2"},
                                                                 {"/*c*/1", "byte 0"}};
  for (const auto& [text, where] : cases) {
    const auto result = parse(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().code, Code::invalid_request);
    EXPECT_THAT(result.error().message, HasSubstr(where)) << text;
  }
}

TEST(JsonParse, StopsAtSixtyFourLevels) {
  const auto nested = [](std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  EXPECT_TRUE(parse(nested(64)));
  EXPECT_THAT(parse(nested(65)).error().message, HasSubstr("deeper than 64 levels"));
  EXPECT_FALSE(parse(nested(1'000'000)));
}

TEST(JsonParse, RefusesNumbersThatCannotBeWrittenBack) {
  EXPECT_TRUE(parse("1e308"));
  for (const std::string_view text : {"1e309", "0e400", "[{\"a\":[-1e400]}]"})
    EXPECT_THAT(parse(text).error().message, HasSubstr("too large")) << text;
}

TEST(JsonReader, GivesTypedFields) {
  const object source =
      fields(R"({"s":"text","i":7,"f":7.0,"x":0.5,"b":true,"l":[1],"o":{"k":1},"big":18446744073709551615})");
  Reader reader(source);
  EXPECT_EQ(reader.string("s"), "text");
  EXPECT_EQ(reader.string_view("s"), "text");
  EXPECT_EQ(reader.integer("i", 1, 10), 7);
  EXPECT_EQ(reader.integer("f", 1, 10), 7);
  EXPECT_EQ(reader.number("x", 0, 1), 0.5);
  EXPECT_EQ(reader.number("i", 0, 10), 7.0);
  EXPECT_EQ(reader.number("big", 0, 1e30), 18446744073709551615.0);
  EXPECT_EQ(reader.boolean("b"), true);
  EXPECT_EQ(reader.list("l")->size(), 1U);
  EXPECT_TRUE(reader.nested("o")->contains("k"));
  EXPECT_TRUE(reader.any("l")->is_array());
  EXPECT_TRUE(reader.status());
}

TEST(JsonReader, TreatsNullAndMissingAlike) {
  const object source = fields(R"({"n":null})");
  for (const std::string_view name : {"n", "missing"}) {
    Reader reader(source);
    EXPECT_EQ(reader.string(name), std::nullopt);
    EXPECT_EQ(reader.integer(name, 1, 2), std::nullopt);
    EXPECT_EQ(reader.number(name, 1, 2), std::nullopt);
    EXPECT_EQ(reader.boolean(name), std::nullopt);
    EXPECT_EQ(reader.list(name), nullptr);
    EXPECT_EQ(reader.nested(name), nullptr);
    EXPECT_EQ(reader.any(name), nullptr);
    EXPECT_TRUE(reader.status());
  }
}

TEST(JsonReader, SaysWhatAFieldMustBe) {
  const object source =
      fields(R"({"max_tokens":5000,"half":1.5,"s":3,"secret":"sk-abc","huge":18446744073709551615})");
  const auto message = [&](auto&& read) {
    Reader reader(source);
    read(reader);
    return reader.status().error();
  };
  const Error range = message([](Reader& r) { (void)r.integer("max_tokens", 1, 4096); });
  EXPECT_EQ(range.code, Code::invalid_request);
  EXPECT_EQ(range.message, "`max_tokens` must be a whole number from 1 to 4096");
  EXPECT_EQ(range.hint, "Found 5000");
  EXPECT_EQ(range.param, "max_tokens");
  EXPECT_EQ(message([](Reader& r) { (void)r.integer("half", 1, highest); }).message,
            "`half` must be a whole number of at least 1");
  EXPECT_EQ(message([](Reader& r) { (void)r.integer("s", lowest, 1); }).message,
            "`s` must be a whole number of at most 1");
  EXPECT_EQ(message([](Reader& r) { (void)r.integer("huge", lowest, highest); }).message,
            "`huge` must be a whole number");
  EXPECT_EQ(message([](Reader& r) { (void)r.number("max_tokens", 0, 2); }).message,
            "`max_tokens` must be a number from 0 to 2");
  EXPECT_EQ(message([](Reader& r) { (void)r.string("s"); }).message, "`s` must be a text");
  EXPECT_EQ(message([](Reader& r) { (void)r.boolean("s"); }).message, "`s` must be true or false");
  EXPECT_EQ(message([](Reader& r) { (void)r.list("s"); }).message, "`s` must be a list");
  EXPECT_EQ(message([](Reader& r) { (void)r.nested("s"); }).message, "`s` must be an object");
  EXPECT_EQ(message([](Reader& r) { (void)r.list("secret"); }).hint, "Found a text");
}

TEST(JsonReader, KeepsTheFirstErrorAndTheFullPath) {
  const object source = fields(R"({"url":1,"base64":2})");
  Reader reader(source, "images[0]");
  (void)reader.string("url");
  (void)reader.string("base64");
  reader.fail("url", "later");
  EXPECT_EQ(reader.status().error().param, "images[0].url");
  EXPECT_EQ(reader.status().error().message, "`images[0].url` must be a text");
}

TEST(JsonReader, TakesErrorsOfItsUser) {
  const object source;
  Reader reader(source);
  reader.fail("detail", "`detail` must be low, high or auto", "Leave it out for auto");
  EXPECT_EQ(reader.status().error().param, "detail");
  EXPECT_EQ(reader.status().error().hint, "Leave it out for auto");
}

TEST(JsonReader, ListsNamesNobodyAskedFor) {
  const object source = fields(R"({"prompt":"x","promt":"y","colour":null})");
  Reader reader(source);
  (void)reader.string("prompt");
  (void)reader.string("prompt");
  EXPECT_THAT(reader.unknown(), ElementsAre("promt", "colour"));
  (void)reader.any("colour");
  (void)reader.any("promt");
  EXPECT_THAT(reader.unknown(), IsEmpty());
}

TEST(JsonReader, RefusesNumbersThatAreNotExact) {
  const object source = fields(R"({"n":9007199254740994.0,"e":1e300})");
  Reader reader(source);
  EXPECT_EQ(reader.integer("n", lowest, highest), std::nullopt);
  EXPECT_EQ(reader.integer("e", lowest, highest), std::nullopt);
  EXPECT_FALSE(reader.status());
}

TEST(JsonMember, IsNullForEveryMismatch) {
  const value source = parse(R"({"s":"x","i":3,"f":2.5,"o":{},"l":[]})").value();
  EXPECT_EQ(string_member(source, "s"), "x");
  EXPECT_EQ(integer_member(source, "i"), 3);
  EXPECT_NE(object_member(source, "o"), nullptr);
  EXPECT_NE(array_member(source, "l"), nullptr);
  EXPECT_EQ(string_member(source, "i"), std::nullopt);
  EXPECT_EQ(integer_member(source, "f"), std::nullopt);
  EXPECT_EQ(object_member(source, "l"), nullptr);
  EXPECT_EQ(array_member(source, "missing"), nullptr);
  EXPECT_EQ(member(value(3), "s"), nullptr);
  EXPECT_EQ(member(value(array{}), "s"), nullptr);
}

}  // namespace
}  // namespace sensorium::json
