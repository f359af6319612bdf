// Text functions on good and bad input.
#include "base/text.h"

#include <gmock/gmock.h>

#include <array>

#include "base/json.h"

namespace sensorium::text {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

TEST(Utf8, AcceptsWhatUnicodeAllows) {
  for (const std::string_view good : {"", "plain", "\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                                      "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "long ascii then 中文"})
    EXPECT_TRUE(valid_utf8(good)) << good;
}

TEST(Utf8, RefusesWhatItForbids) {
  for (const std::string_view bad :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "abc\xE4\xB8", "12345678\xC3"})
    EXPECT_FALSE(valid_utf8(bad)) << printable(bad);
}

TEST(Utf8, IsCleanedByMaximalSubparts) {
  EXPECT_EQ(clean_utf8("a\xFF"
                       "b"),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(clean_utf8("\xE4\xB8"), "\xEF\xBF\xBD");
  EXPECT_EQ(clean_utf8("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(clean_utf8("中"), "中");
}

TEST(Shorten, CutsAtACharacterAndStaysWithinItsBytes) {
  EXPECT_EQ(shorten("short", 5), "short");
  EXPECT_EQ(shorten("longer", 5), "lo\xE2\x80\xA6");
  EXPECT_EQ(shorten("中文字符", 8), "中\xE2\x80\xA6");
  EXPECT_EQ(shorten("abc", 2), "ab");
  EXPECT_EQ(shorten("中", 2), "");
  EXPECT_EQ(shorten("abc", 0), "");
  for (std::size_t bytes = 0; bytes < 13; ++bytes) {
    EXPECT_LE(shorten("a中文bé", bytes).size(), bytes);
    EXPECT_TRUE(valid_utf8(shorten("a中文bé", bytes)));
  }
}

TEST(Words, AreComparedTrimmedSplitAndJoined) {
  EXPECT_TRUE(equal_ignoring_case("Bearer", "bEARER"));
  EXPECT_FALSE(equal_ignoring_case("a", "ab"));
  EXPECT_EQ(lower("ÄBC-x"), "Äbc-x");
  EXPECT_EQ(trim(" \t a b \r\n"), "a b");
  EXPECT_EQ(trim("  "), "");
  EXPECT_THAT(split("a,,b,", ','), ElementsAre("a", "", "b", ""));
  EXPECT_THAT(split("", ','), ElementsAre(""));
  const std::array<std::string, 3> items{"a", "b", "c"};
  EXPECT_EQ(join(items, ", "), "a, b, c");
  EXPECT_EQ(join({}, ", "), "");
}

constexpr std::array<std::string_view, 5> keys{"listen", "workers", "max_body_mb", "drain_seconds", "gpu"};

TEST(DidYouMean, FindsSlipsOfTheHand) {
  EXPECT_EQ(did_you_mean("lsiten", keys), "listen");
  EXPECT_EQ(did_you_mean("Worker", keys), "workers");
  EXPECT_EQ(did_you_mean("max_body", keys), "max_body_mb");
  EXPECT_EQ(did_you_mean("drain_secs", keys), "drain_seconds");
}

TEST(DidYouMean, StaysQuietWhenNothingIsClose) {
  EXPECT_EQ(did_you_mean("colour", keys), std::nullopt);
  EXPECT_EQ(did_you_mean("xyz", keys), std::nullopt);
  EXPECT_EQ(did_you_mean("", keys), std::nullopt);
  EXPECT_EQ(did_you_mean(std::string(10'000, 'l'), keys), std::nullopt);
  EXPECT_EQ(did_you_mean("listen", {}), std::nullopt);
}

TEST(Duration, ReadsWhatPeopleWrite) {
  EXPECT_EQ(parse_duration("90s").value(), 90s);
  EXPECT_EQ(parse_duration("1.5m").value(), 90s);
  EXPECT_EQ(parse_duration(" 250 ms ").value(), 250ms);
  EXPECT_EQ(parse_duration("2h").value(), 2h);
  EXPECT_EQ(parse_duration("3").value(), 3s);
  EXPECT_EQ(parse_duration("0").value(), 0ms);
}

TEST(Duration, RefusesTheRest) {
  for (const std::string_view bad : {"", "s", "-1s", "1x", "1e3s", "nan", "inf", "0x10", "1s2", "1.2.3s",
                                     ".5s", "99999999999999999999h", "9000h", "1\n2s"}) {
    const auto result = parse_duration(bad);
    ASSERT_FALSE(result) << bad;
    EXPECT_EQ(result.error().code, Code::invalid_request);
    EXPECT_THAT(result.error().hint, HasSubstr("90s"));
  }
}

TEST(Printable, ShowsControlCharactersAndBadBytes) {
  EXPECT_EQ(printable("a\tb\x1b[0m\xff 中"), "a\\x09b\\x1b[0m\\xff 中");
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00");
}

TEST(JsonQuote, GivesWhatAParserReadsBack) {
  for (const std::string_view nasty : {"", "plain", "\"\\/", "\b\f\n\r\t\x01\x1f\x7f", "中\xF0\x9F\x98\x80"})
    EXPECT_EQ(json::parse(json_quote(nasty)).value().as_string(), nasty) << nasty;
  EXPECT_EQ(json_quote("\xff"), "\"\xEF\xBF\xBD\"");
}

TEST(HumanBytes, ChoosesAUnit) {
  EXPECT_EQ(human_bytes(0), "0 B");
  EXPECT_EQ(human_bytes(1023), "1023 B");
  EXPECT_EQ(human_bytes(1024), "1.0 KiB");
  EXPECT_EQ(human_bytes(12'897'485), "12.3 MiB");
  EXPECT_EQ(human_bytes(1024 * 1024 - 1), "1.0 MiB");
  EXPECT_EQ(human_bytes(UINT64_MAX), "16.0 EiB");
}

}  // namespace
}  // namespace sensorium::text
