// Every type of key, from TOML and from text, right and wrong.
#include "service/config_value.h"

#include <gtest/gtest.h>

namespace sensorium::config {
namespace {

using Type = OptionDef::Type;
using Strings = std::vector<std::string>;
using namespace std::chrono_literals;

OptionDef option(Type type, std::string_view choices = {}) {
  return {.name = "x", .type = type, .default_value = {}, .help = {}, .environment = {}, .choices = choices};
}

template <class Wanted>
std::optional<Wanted> as(Type type, RawValue raw, Bounds bounds = {}) {
  const auto value = convert(option(type), bounds, raw);
  return value ? std::optional(std::get<Wanted>(*value)) : std::nullopt;
}

RawValue typed(auto value) { return {std::move(value)}; }
RawValue written(std::string value) { return {std::move(value), Spelling::text}; }

TEST(ConfigValue, TakesTypedValues) {
  EXPECT_EQ(as<std::string>(Type::text, typed(std::string("a b"))), "a b");
  EXPECT_EQ(as<std::int64_t>(Type::integer, typed(std::int64_t{5})), 5);
  EXPECT_EQ(as<double>(Type::number, typed(std::int64_t{5})), 5.0);
  EXPECT_EQ(as<double>(Type::number, typed(0.5)), 0.5);
  EXPECT_EQ(as<bool>(Type::boolean, typed(true)), true);
  EXPECT_EQ(as<Mebibytes>(Type::size, typed(std::int64_t{2}))->bytes(), 2'097'152);
  EXPECT_EQ(as<Strings>(Type::list, typed(Strings{"a"})), Strings{"a"});
}

TEST(ConfigValue, TakesTextFromFlagsAndTheEnvironment) {
  EXPECT_EQ(as<std::int64_t>(Type::integer, written(" 5 ")), 5);
  EXPECT_EQ(as<double>(Type::number, written("0.25")), 0.25);
  EXPECT_EQ(as<bool>(Type::boolean, written("Yes")), true);
  EXPECT_EQ(as<bool>(Type::boolean, written("0")), false);
  EXPECT_EQ(as<Strings>(Type::list, written("a, b/c ,d")), (Strings{"a", "b/c", "d"}));
}

TEST(ConfigValue, TakesTimesAsSecondsOrWithAUnit) {
  EXPECT_EQ(as<Milliseconds>(Type::duration, typed(std::int64_t{90})), 90s);
  EXPECT_EQ(as<Milliseconds>(Type::duration, typed(0.25)), 250ms);
  EXPECT_EQ(as<Milliseconds>(Type::duration, typed(std::string("1.5m"))), 90s);
  EXPECT_EQ(as<Milliseconds>(Type::duration, written("30")), 30s);
  EXPECT_EQ(as<Milliseconds>(Type::duration, typed(std::string("soon"))), std::nullopt);
  EXPECT_EQ(as<Milliseconds>(Type::duration, typed(std::int64_t{-1})), std::nullopt);
}

TEST(ConfigValue, RefusesOtherTypes) {
  EXPECT_FALSE(convert(option(Type::integer), {}, typed(std::string("5"))));
  EXPECT_FALSE(convert(option(Type::integer), {}, typed(5.0)));
  EXPECT_FALSE(convert(option(Type::boolean), {}, typed(std::string("true"))));
  EXPECT_FALSE(convert(option(Type::boolean), {}, written("maybe")));
  EXPECT_FALSE(convert(option(Type::list), {}, typed(std::string("a"))));
  EXPECT_FALSE(convert(option(Type::text), {}, typed(std::int64_t{5})));
  EXPECT_FALSE(convert(option(Type::text), {}, typed(Strange{"a date or time"})));
  EXPECT_FALSE(convert(option(Type::number), {}, typed(std::numeric_limits<double>::quiet_NaN())));
  EXPECT_FALSE(convert(option(Type::number), {}, written("nan")));
  EXPECT_FALSE(convert(option(Type::integer), {}, written("99999999999999999999")));
  EXPECT_FALSE(convert(option(Type::integer), {}, written("5 apples")));
}

TEST(ConfigValue, RefusesControlCharactersInTexts) {
  EXPECT_FALSE(convert(option(Type::text), {}, typed(std::string("a\r\nHost: b"))));
  EXPECT_FALSE(convert(option(Type::path), {}, typed(std::string("a\0b", 3))));
}

TEST(ConfigValue, KeepsItsBounds) {
  EXPECT_TRUE(convert(option(Type::integer), {1, 3}, typed(std::int64_t{3})));
  EXPECT_FALSE(convert(option(Type::integer), {1, 3}, typed(std::int64_t{4})));
  EXPECT_FALSE(convert(option(Type::integer), {1, 3}, typed(std::int64_t{0})));
  const auto mismatch = convert(option(Type::size), {1, 3}, typed(std::int64_t{4})).error();
  EXPECT_EQ(mismatch.wanted, "a whole number from 1 to 3 (MiB)");
  EXPECT_EQ(mismatch.found, "4");
}

TEST(ConfigValue, NumbersTheChoicesInTheirOrder) {
  const auto levels = option(Type::choice, "low|high|auto");
  EXPECT_EQ(std::get<Choice>(convert(levels, {}, typed(std::string("high"))).value()).index, 1U);
  EXPECT_EQ(convert(levels, {}, written("ultra")).error().wanted, "one of low, high, auto");
  EXPECT_EQ(convert(levels, {}, written("ultra")).error().found, "\"ultra\"");
  EXPECT_FALSE(convert(levels, {}, typed(std::string(""))));
  EXPECT_FALSE(convert(levels, {}, typed(std::string("low|high"))));
}

TEST(ConfigValue, ShowsTheTextOfFlagsButNotOfTheFile) {
  EXPECT_EQ(convert(option(Type::integer), {}, written("many\x1b")).error().found, "\"many\\x1b\"");
  EXPECT_EQ(convert(option(Type::integer), {}, typed(std::string("sk-secret"))).error().found, "a text");
}

TEST(ConfigValue, IsWrittenAsToml) {
  EXPECT_EQ(to_toml(std::string("say \"x\"")), R"("say \"x\"")");
  EXPECT_EQ(to_toml(std::int64_t{5}), "5");
  EXPECT_EQ(to_toml(true), "true");
  EXPECT_EQ(to_toml(Milliseconds(30'000)), "30");
  EXPECT_EQ(to_toml(Milliseconds(250)), "0.25");
  EXPECT_EQ(to_toml(Mebibytes{64}), "64");
  EXPECT_EQ(to_toml(Choice{1, "high"}), "\"high\"");
  EXPECT_EQ(to_toml(Strings{"a", "b"}), R"(["a", "b"])");
}

}  // namespace
}  // namespace sensorium::config
