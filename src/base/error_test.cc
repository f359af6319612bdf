// The table of codes, the sentence, Result and its two macros.
#include "base/error.h"

#include <gmock/gmock.h>

#include <memory>
#include <set>

#include "base/check.h"
#include "base/result.h"

namespace sensorium {
namespace {

using testing::ElementsAre;

std::vector<Code> every_code() {
  std::vector<Code> codes;
  for (int i = 0; i <= static_cast<int>(Code::internal); ++i) codes.push_back(static_cast<Code>(i));
  return codes;
}

TEST(CodeTable, IsCompleteAndItsNamesAreUnique) {
  std::set<std::string_view> names;
  for (const Code code : every_code()) {
    const CodeFacts& row = facts(code);
    EXPECT_EQ(row.code, code);
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_GE(row.http, 400) << row.name;
    EXPECT_LT(row.http, 600) << row.name;
    EXPECT_FALSE(row.type.empty()) << row.name;
  }
}

TEST(CodeTable, RetriesOnlyWhatPassesAndThenAlsoFallsBack) {
  for (const Code code : every_code()) {
    const CodeFacts& row = facts(code);
    if (row.retry) EXPECT_TRUE(row.fallback && row.exit == 4) << row.name;
  }
}

TEST(CodeTable, KeepsTheDocumentedNumbers) {
  EXPECT_EQ(facts(Code::invalid_request).http, 400);
  EXPECT_EQ(facts(Code::unknown_model).exit, 2);
  EXPECT_TRUE(facts(Code::unknown_model).fallback);
  EXPECT_EQ(facts(Code::too_large).http, 413);
  EXPECT_EQ(facts(Code::corrupt_media).exit, 3);
  EXPECT_EQ(facts(Code::deadline_exceeded).exit, 5);
  EXPECT_EQ(facts(Code::cancelled).exit, 130);
  EXPECT_EQ(facts(Code::upstream_overloaded).http, 503);
  EXPECT_FALSE(facts(Code::upstream_auth).retry);
  EXPECT_EQ(facts(Code::internal).exit, 70);
}

TEST(Sentence, EndsMessageAndHintWithAFullStop) {
  EXPECT_EQ(sentence(Error(Code::internal, "It broke")), "It broke.");
  EXPECT_EQ(sentence(Error(Code::internal, "Why?", "Look")), "Why? Look.");
  EXPECT_EQ(sentence(Error(Code::internal, "Unknown", "Did you mean x?")), "Unknown. Did you mean x?");
  EXPECT_EQ(sentence(Error(Code::internal, "It broke.", "Look.")), "It broke. Look.");
  EXPECT_EQ(sentence(Error(Code::internal, "")), "");
}

TEST(Error, CollectsItsDetails) {
  const Error error = Error(Code::upstream_rate_limited, "Slow down")
                          .at("model")
                          .after(std::chrono::seconds(2))
                          .upstream(429)
                          .note("openai")
                          .note("retry 1");
  EXPECT_EQ(error.param, "model");
  EXPECT_EQ(error.retry_after, std::chrono::milliseconds(2000));
  EXPECT_EQ(error.upstream_status, 429);
  EXPECT_THAT(error.notes, ElementsAre("openai", "retry 1"));
}

TEST(Error, RemembersWhereItWasMade) {
  EXPECT_THAT(std::string(Error(Code::internal, "x").where.file_name()), testing::HasSubstr("error_test.cc"));
}

Result<int> half(int number) {
  if (number % 2) return Error(Code::invalid_request, "odd").at("number");
  return number / 2;
}

Result<int> quarter(int number) {
  const int once = SN_TRY(half(number));
  return SN_TRY(half(once));
}

Status check_even(int number) {
  SN_TRY(half(number));
  return {};
}

TEST(Result, PassesValuesAndErrorsUp) {
  EXPECT_EQ(quarter(8).value(), 2);
  EXPECT_EQ(quarter(6).error().param, "number");
  EXPECT_TRUE(check_even(2));
  EXPECT_FALSE(check_even(3));
}

Result<std::unique_ptr<int>> boxed(bool good) {
  if (!good) return Error(Code::not_found, "none");
  return std::make_unique<int>(5);
}

Result<int> unboxed(bool good) {
  const std::unique_ptr<int> box = SN_TRY(boxed(good));
  return *box;
}

TEST(Result, MovesWhatCannotBeCopied) {
  EXPECT_EQ(unboxed(true).value(), 5);
  EXPECT_EQ(unboxed(false).error().code, Code::not_found);
}

TEST(Result, TakesNotesOnTheWayUp) {
  EXPECT_THAT(annotate(half(3), "while halving").error().notes, ElementsAre("while halving"));
  EXPECT_EQ(annotate(half(4), "while halving").value(), 2);
}

TEST(Check, EndsTheProcessNamingTheBug) {
  SN_CHECK(1 + 1 == 2);
  EXPECT_DEATH(SN_CHECK(1 + 1 == 3), "bug: 1 \\+ 1 == 3 does not hold at .*error_test.cc");
}

}  // namespace
}  // namespace sensorium
