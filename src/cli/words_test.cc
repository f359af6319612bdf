#include "cli/words.h"

#include <gtest/gtest.h>

#include "cli/completion.h"
#include "cli/help.h"
#include "cli/output.h"
#include "cli/pull_progress.h"

namespace sensorium::cli {
namespace {

TEST(Words, Numbers) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(-1234567), "-1,234,567");
  EXPECT_EQ(grouped(std::numeric_limits<std::int64_t>::max()), "9,223,372,036,854,775,807");
}

TEST(Words, MoneyIsNeverZeroUnlessItIsFree) {
  EXPECT_EQ(money(std::nullopt), "price unknown");
  EXPECT_EQ(money(0.0), "free");
  EXPECT_EQ(money(0.00092), "$0.00092");
  EXPECT_EQ(money(0.0123), "$0.012");
  EXPECT_EQ(money(0.5), "$0.50");
  EXPECT_EQ(money(12.5), "$12.50");
  EXPECT_EQ(money(1e-9), "$0.000000001");
}

TEST(Words, Durations) {
  EXPECT_EQ(duration_words(Milliseconds(0)), "0 ms");
  EXPECT_EQ(duration_words(Milliseconds(2340)), "2.3 s");
  EXPECT_EQ(duration_words(Milliseconds(250'000)), "4 min 10 s");
}

TEST(Words, ShellQuoting) {
  EXPECT_EQ(shell_quoted("photos/a.jpg"), "photos/a.jpg");
  EXPECT_EQ(shell_quoted("开放.png"), "开放.png");
  EXPECT_EQ(shell_quoted(""), "''");
  EXPECT_EQ(shell_quoted("What's this?"), "'What'\\''s this?'");
  EXPECT_EQ(shell_quoted("$(rm -rf x);`y`"), "'$(rm -rf x);`y`'");
}

TEST(Words, TablesAlignWideCharacters) {
  Table table;
  table.row({"a", "1"});
  table.row({"开放", "2"});
  table.row({"abc"});
  EXPECT_EQ(table.text(), "a     1\n开放  2\nabc\n");
}

TEST(Words, WidthSurvivesBrokenText) {
  EXPECT_LE(display_width("\xe5\xbc"), 2U);  // cut in the middle: whatever it says, it reads no further
  EXPECT_EQ(display_width("é"), 1U);
  EXPECT_EQ(display_width(""), 0U);
}

TEST(Words, ClosingLine) {
  service::Answer answer;
  answer.model = "openai/gpt-4o";
  answer.usage = {.input_tokens = 1200, .output_tokens = 34, .from_provider = true};
  answer.cost_usd = 0.0033;
  EXPECT_EQ(closing_words(answer, Milliseconds(2300)),
            "openai/gpt-4o · 1,234 tokens (1,200 in, 34 out) · $0.0033 · 2.3 s");
  answer.usage.from_provider = false;
  EXPECT_NE(closing_words(answer, Milliseconds(1)).find("about 1,234 tokens"), std::string::npos);
  answer.usage = {};
  answer.cost_usd = 0;
  EXPECT_EQ(closing_words(answer, Milliseconds(1)), "openai/gpt-4o · free · 1 ms");
}

TEST(Output, ModelsCannotTakeOverTheTerminal) {
  EXPECT_EQ(without_controls("a\x1b[31mb\r\x07\x08\x7f\n\tc"), "a[31mb\n\tc");
  EXPECT_EQ(without_controls("\xc2\x9b"
                             "31m\xc2\xa9 开"),
            "31m\xc2\xa9 开");
  EXPECT_EQ(without_controls("\xc2"), "\xc2");
}

TEST(Pull, ProgressWords) {
  EXPECT_EQ(pull_words({"m.gguf", 0, 0}, 0), "m.gguf  0 B");
  EXPECT_EQ(pull_words({"m.gguf", 512, 1024}, 256), "m.gguf  512 B of 1.0 KiB  50 %  256 B/s  3.0 s left");
  EXPECT_EQ(pull_words({"m.gguf", 1024, 1024}, 256), "m.gguf  1.0 KiB of 1.0 KiB  100 %  256 B/s");
  EXPECT_EQ(pull_words({"a\x1b[2J", 5, 0}, 1).find('\x1b'), std::string::npos);
}

TEST(Help, NamesEveryFlagAndFitsATerminal) {
  constexpr std::size_t widest = 120;
  for (const CommandDef* command : commands()) {
    const std::string text = help_text(*command);
    for (const FlagGroup& group : all_flags(*command))
      for (const FlagDef& flag : group.flags)
        EXPECT_NE(text.find(flag_name(flag.option)), std::string::npos) << command->name;
    for (std::size_t at = 0, end; at < text.size(); at = end + 1) {
      end = text.find('\n', at);
      EXPECT_LE(display_width(std::string_view(text).substr(at, end - at)), widest)
          << text.substr(at, end - at);
    }
  }
}

TEST(Completion, HasAllCommandsAndFlags) {
  for (const std::string& script : {bash_completion(), zsh_completion(), fish_completion()})
    for (const CommandDef* command : commands()) {
      EXPECT_NE(script.find(command->name), std::string::npos);
      for (const FlagGroup& group : all_flags(*command))
        for (const FlagDef& flag : group.flags)
          EXPECT_NE(script.find(flag_name(flag.option).substr(2)), std::string::npos);
    }
}

}  // namespace
}  // namespace sensorium::cli
