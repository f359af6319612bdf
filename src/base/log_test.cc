// What lands on stderr, one line per event, whatever the message holds.
#include "base/log.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "base/json.h"
#include "base/text.h"

namespace sensorium {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

class Log : public testing::Test {
 protected:
  ~Log() override { log::configure(log::Level::warning, log::Format::text); }

  static std::string captured(auto&& act) {
    testing::internal::CaptureStderr();
    act();
    return testing::internal::GetCapturedStderr();
  }
};

TEST_F(Log, WritesTimeLevelComponentMessage) {
  EXPECT_THAT(captured([] { log::warning("net", "slow"); }),
              MatchesRegex("[0-9]+-[0-9]+-[0-9]+T[0-9]+:[0-9]+:[0-9]+\\.[0-9]+Z warning net: slow\n"));
}

TEST_F(Log, KeepsQuietBelowItsLevel) {
  EXPECT_EQ(captured([] { log::info("net", "detail"), log::debug("net", "more"); }), "");
  EXPECT_FALSE(log::enabled(log::Level::info));
  log::configure(log::Level::debug, log::Format::text);
  EXPECT_THAT(captured([] { log::debug("net", "more"); }), HasSubstr(" debug net: more"));
}

TEST_F(Log, CanBeSwitchedOff) {
  log::configure(log::Level::off, log::Format::text);
  EXPECT_EQ(captured([] { log::error("net", "gone"); }), "");
  EXPECT_FALSE(log::enabled(log::Level::off));
}

TEST_F(Log, WritesValidJsonWhateverTheMessage) {
  log::configure(log::Level::info, log::Format::json);
  const std::string line = captured([] { log::info("engine.local", "say \"hi\"\n\x1b[31m\xff {} %v"); });
  const auto value = json::parse(text::trim(line)).value();
  EXPECT_EQ(json::string_member(value, "level"), "info");
  EXPECT_EQ(json::string_member(value, "component"), "engine.local");
  EXPECT_EQ(json::string_member(value, "message"), "say \"hi\"\n\x1b[31m\xEF\xBF\xBD {} %v");
}

TEST_F(Log, NeverLetsAMessageForgeALineOrMoveTheCursor) {
  const std::string line = captured([] { log::error("net", "a\n2024 error net: forged\r\x1b[2J"); });
  EXPECT_EQ(std::ranges::count(line, '\n'), 1);
  EXPECT_THAT(line, HasSubstr("a\\x0a2024"));
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
}

TEST_F(Log, KeepsLinesWholeAcrossThreads) {
  const std::string lines = captured([] {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([] {
        for (int i = 0; i < 100; ++i) log::warning("exec", "0123456789");
      });
  });
  const auto all = text::split(text::trim(lines), '\n');
  EXPECT_EQ(all.size(), 400U);
  for (const auto line : all) EXPECT_TRUE(line.ends_with("Z warning exec: 0123456789")) << line;
}

}  // namespace
}  // namespace sensorium
