#include "cli/arguments.h"

#include <gtest/gtest.h>

namespace sensorium::cli {
namespace {

using Words = std::vector<std::string>;
using namespace std::chrono_literals;

const CommandDef& ask() { return *find_command("ask"); }
Result<Arguments> parse(const Words& words) { return parse_arguments(ask(), words); }

std::string complaint(const Words& words) {
  const auto parsed = parse(words);
  EXPECT_FALSE(parsed.has_value());
  if (parsed) return "no complaint";
  EXPECT_EQ(parsed.error().code, Code::invalid_request);
  return sentence(parsed.error());
}

TEST(Arguments, FlagsStandAnywhereAndHaveSeveralSpellings) {
  for (const Words& words :
       {Words{"--max-tokens", "7", "what", "a.jpg"}, Words{"what", "--max_tokens=7", "a.jpg"},
        Words{"what", "a.jpg", "--max-tokens=7"}}) {
    const auto parsed = parse(words);
    ASSERT_TRUE(parsed.has_value()) << sentence(parsed.error());
    EXPECT_EQ(parsed->integer("max_tokens"), 7);
    EXPECT_EQ(parsed->words(), (Words{"what", "a.jpg"}));
  }
}

TEST(Arguments, QuestionsThatLookLikeSyntaxStayWhole) {
  const Words words{"[a,b]", "{x}", "", "a=b", "%%", "-", "--", "-not a flag", "--neither"};
  const auto parsed = parse(words);
  ASSERT_TRUE(parsed.has_value()) << sentence(parsed.error());
  EXPECT_EQ(parsed->words(), (Words{"[a,b]", "{x}", "", "a=b", "%%", "-", "-not a flag", "--neither"}));
}

TEST(Arguments, ValuesMayBeginWithADashOrBracket) {
  const auto parsed = parse({"-s", "- be brief", "-p", "[what]", "-o", "-", "-m", "a", "-mb"});
  ASSERT_TRUE(parsed.has_value()) << sentence(parsed.error());
  EXPECT_EQ(parsed->text("system"), "- be brief");
  EXPECT_EQ(parsed->text("prompt"), "[what]");
  EXPECT_EQ(parsed->text("output"), "-");
  EXPECT_EQ(parsed->list("model"), (Words{"a", "b"}));
}

TEST(Arguments, LettersJoinAndCount) {
  const auto parsed = parse({"-qvv", "what"});
  ASSERT_TRUE(parsed.has_value()) << sentence(parsed.error());
  EXPECT_TRUE(parsed->has("quiet"));
  EXPECT_EQ(parsed->count("verbose"), 2U);
}

TEST(Arguments, DefaultsAndTheLastValueCount) {
  const auto parsed = parse({"--timeout", "90s", "--timeout=2m"});
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->duration("timeout"), 2min);
  EXPECT_EQ(parsed->text("detail"), "auto");
  EXPECT_EQ(parsed->integer("max_tokens"), 1024);
  EXPECT_EQ(parsed->number("temperature"), std::nullopt);
  EXPECT_FALSE(parsed->has("detail"));
}

TEST(Arguments, WrongValuesAreNamed) {
  for (const std::string value : {"0", "5000", "many", "7.5", "", "1e3", "99999999999999999999", "-1"})
    EXPECT_NE(complaint({"--max-tokens", value}).find("--max-tokens must be a whole number from 1 to 4096"),
              std::string::npos)
        << value;
  for (const std::string value : {"soon", "0s", "-5s", ""})
    EXPECT_NE(complaint({"--timeout", value}).find("--timeout must be a duration"), std::string::npos)
        << value;
  for (const std::string value : {"nan", "-1", "2.1"})
    EXPECT_NE(complaint({"--temperature", value}).find("--temperature"), std::string::npos) << value;
  EXPECT_NE(complaint({"--detail", "hihg"}).find("Did you mean high?"), std::string::npos);
}

TEST(Arguments, UnknownAndIncompleteFlags) {
  EXPECT_NE(complaint({"--modle", "x"}).find("Did you mean --model?"), std::string::npos);
  EXPECT_NE(complaint({"--modle=x"}).find("Did you mean --model?"), std::string::npos);
  EXPECT_NE(complaint({"-Z"}).find("-Z"), std::string::npos);
  EXPECT_NE(complaint({"what", "--model"}).find("--model needs a value"), std::string::npos);
  EXPECT_NE(complaint({"--json=yes"}).find("--json takes no value"), std::string::npos);
}

TEST(Arguments, ControlCharactersAreNotPrinted) {
  EXPECT_EQ(complaint({"--\x1b[31m"}).find('\x1b'), std::string::npos);
  EXPECT_EQ(complaint({"--detail", "\x1b]0;x\x07"}).find('\x1b'), std::string::npos);
}

TEST(Arguments, TooManyWords) {
  const auto parsed = parse_arguments(*find_command("version"), Words{"now"});
  ASSERT_FALSE(parsed.has_value());
  EXPECT_NE(parsed.error().message.find("\"now\""), std::string::npos);
}

TEST(Arguments, HelpIsGivenWhateverElseIsWrong) { EXPECT_TRUE(parse({"--modle", "--help"}).has_value()); }

TEST(Commands, EachIsComplete) {
  for (const CommandDef* command : commands()) {
    EXPECT_FALSE(command->summary.empty()) << command->name;
    EXPECT_FALSE(command->examples.empty()) << command->name;
    EXPECT_NE(command->run, nullptr) << command->name;
    EXPECT_TRUE(parse_arguments(*command, {}).has_value()) << command->name;
  }
}

}  // namespace
}  // namespace sensorium::cli
