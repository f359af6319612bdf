// The only user of CLI11. It takes words apart; what values mean is judged in arguments.cc, so that all
// sentences are ours.
// NOTE [Marked words]: CLI11 splits free words like "[a,b]" at commas. A question may look like that, so
// every word that is no flag goes in behind a mark, which is taken off again afterwards.
#include "cli/syntax.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/text.h"

namespace sensorium::cli {
namespace {

constexpr char mark = '\x01';

bool looks_like_flag(std::string_view word) { return word.size() > 1 && word.front() == '-'; }

// "--max_tokens=5" -> "--max-tokens=5"
std::string with_dashes(std::string word) {
  if (!word.starts_with("--")) return word;
  const auto end = word.begin() + static_cast<std::ptrdiff_t>(std::min(word.find('='), word.size()));
  std::replace(word.begin(), end, '_', '-');
  return word;
}

// "--" stays out: behind it all words are marked, and CLI11 would hand it back as an unknown flag.
// "--tile" -> "--tile=512" for flags that may stand without a value.
std::string with_value(std::string word, std::span<const FlagGroup> groups) {
  for (const FlagGroup& group : groups)
    for (const FlagDef& flag : group.flags)
      if (!flag.bare.empty() && word == flag_name(flag.option)) return word + "=" + std::string(flag.bare);
  return word;
}

std::vector<std::string> marked(std::span<const std::string> words, std::span<const FlagGroup> groups) {
  std::vector<std::string> out;
  bool only_words = false;
  for (const std::string& word : words) {
    if (only_words || !looks_like_flag(word)) out.push_back(mark + word);
    else if (word == "--") only_words = true;
    else out.push_back(with_value(with_dashes(word), groups));
  }
  return out;
}

std::string unmarked(std::string word) {
  if (!word.empty() && word.front() == mark) word.erase(0, 1);
  return word;
}

std::vector<std::string> unmarked(std::vector<std::string> words) {
  for (std::string& word : words) word = unmarked(std::move(word));
  return words;
}

CLI::Option* add_flag(CLI::App& app, const FlagDef& flag) {
  const std::string name =
      flag.letter ? fmt::format("-{},{}", flag.letter, flag_name(flag.option)) : flag_name(flag.option);
  const auto accept = [](const CLI::results_t&) { return true; };
  CLI::Option* option =
      flag.option.type == OptionDef::Type::boolean
          ? app.add_flag(name)
          : app.add_option(name, accept)->type_size(1)->expected(1)->allow_extra_args(false);
  return option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

Error incomplete(std::span<const std::string> words) {
  const std::string last = words.empty() ? "a flag" : text::printable(words.back());
  return Error(Code::invalid_request, fmt::format("{} needs a value", last),
               "Write it behind the flag, or see --help");
}

Status check_booleans(const Syntax& syntax, std::span<const FlagGroup> groups) {
  for (const FlagGroup& group : groups)
    for (const FlagDef& flag : group.flags) {
      const auto found = syntax.values.find(flag.option.name);
      if (flag.option.type != OptionDef::Type::boolean || found == syntax.values.end()) continue;
      if (std::ranges::any_of(found->second, [](const std::string& value) { return value != "true"; }))
        return Error(Code::invalid_request, fmt::format("{} takes no value", flag_name(flag.option)),
                     "Leave out what follows the =");
    }
  return {};
}

}  // namespace

Result<Syntax> read_syntax(std::span<const FlagGroup> groups, std::span<const std::string> words) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  std::vector<std::pair<std::string, CLI::Option*>> options;
  for (const FlagGroup& group : groups)
    for (const FlagDef& flag : group.flags) options.emplace_back(flag.option.name, add_flag(app, flag));
  std::vector<std::string> free;
  app.add_option("words", free);

  std::vector<std::string> input = marked(words, groups);
  std::ranges::reverse(input);  // CLI11 takes them from the end
  try {
    app.parse(std::move(input));
  } catch (const CLI::ParseError&) { return incomplete(words); }
  Syntax syntax;
  for (const auto& [name, option] : options)
    if (option->count() > 0) syntax.values[name] = unmarked(option->results());
  syntax.words = unmarked(std::move(free));
  syntax.unknown = unmarked(app.remaining());
  SN_TRY(check_booleans(syntax, groups));
  return syntax;
}

}  // namespace sensorium::cli
