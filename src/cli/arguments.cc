// What the values of flags must be, and the sentences when they are not.
#include "cli/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "cli/syntax.h"

namespace sensorium::cli {
namespace {

using Type = OptionDef::Type;

template <class Number>
std::optional<Number> to_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

const FlagDef* find_flag(const CommandDef& command, std::string_view name) {
  for (const FlagGroup& group : all_flags(command))
    for (const FlagDef& flag : group.flags)
      if (flag.option.name == name) return &flag;
  return nullptr;
}

std::string shown(std::string_view value) { return text::printable(text::shorten(value, 60)); }

Error wrong(const FlagDef& flag, std::string_view wanted, std::string_view found) {
  return Error(Code::invalid_request,
               fmt::format("{} must be {}, not \"{}\"", flag_name(flag.option), wanted, shown(found)));
}

std::string range_words(const FlagDef& flag, std::string_view kind) {
  const bool low = flag.low > std::numeric_limits<double>::lowest(),
             high = flag.high < std::numeric_limits<double>::max();
  if (low && high) return fmt::format("{} from {} to {}", kind, flag.low, flag.high);
  if (low) return fmt::format("{} of at least {}", kind, flag.low);
  return std::string(kind);
}

template <class Number>
Status check_number(const FlagDef& flag, std::string_view kind, const std::string& value) {
  const auto number = to_number<Number>(value);
  const auto as_double = static_cast<double>(number.value_or(0));
  if (!number || !(as_double >= flag.low && as_double <= flag.high))
    return wrong(flag, range_words(flag, kind), value);
  return {};
}

Status check_choice(const FlagDef& flag, const std::string& value) {
  const std::vector<std::string_view> choices = text::split(flag.option.choices, '|');
  if (std::ranges::find(choices, value) != choices.end()) return {};
  Error error = wrong(flag, fmt::format("one of {}", fmt::join(choices, ", ")), value);
  if (const auto guess = text::did_you_mean(value, choices))
    error.hint = fmt::format("Did you mean {}?", *guess);
  return error;
}

Status check_value(const FlagDef& flag, const std::string& value) {
  switch (flag.option.type) {
    case Type::integer:
      return check_number<std::int64_t>(flag, "a whole number", value);
    case Type::number:
      return check_number<double>(flag, "a number", value);
    case Type::choice:
      return check_choice(flag, value);
    case Type::duration: {
      const auto duration = text::parse_duration(value);
      if (!duration || duration->count() <= 0) {
        Error error = wrong(flag, "a duration above zero", value);
        error.hint = "Write it as 90s, 1.5m, 250ms or 2h";
        return error;
      }
      return {};
    }
    default:
      return {};
  }
}

Error unknown_flag(const CommandDef& command, std::string_view typed) {
  const std::string_view name = typed.substr(0, typed.find('='));
  std::vector<std::string> names;
  for (const FlagGroup& group : all_flags(command))
    for (const FlagDef& flag : group.flags) names.push_back(flag_name(flag.option));
  const std::vector<std::string_view> views(names.begin(), names.end());
  const auto guess = text::did_you_mean(name, views);
  return Error(Code::invalid_request, fmt::format("{} has no flag {}", command.name, shown(name)),
               guess ? fmt::format("Did you mean {}?", *guess)
                     : fmt::format("The flags are listed by: sensorium {} --help", command.name));
}

Error too_many(const CommandDef& command, std::string_view word) {
  return Error(Code::invalid_request,
               fmt::format("{} does not know what to do with \"{}\"", command.name, shown(word)),
               fmt::format("Usage: sensorium {} {}", command.name, command.arguments));
}

}  // namespace

Result<Arguments> parse_arguments(const CommandDef& command, std::span<const std::string> words) {
  const std::vector<FlagGroup> groups = all_flags(command);
  Syntax syntax = SN_TRY(read_syntax(groups, words));
  Arguments arguments;
  arguments.command_ = &command;
  arguments.values_ = std::move(syntax.values);
  arguments.words_ = std::move(syntax.words);
  arguments.typed_.assign(words.begin(), words.end());
  if (arguments.has("help")) return arguments;  // help is given whatever else is wrong
  if (!syntax.unknown.empty()) return unknown_flag(command, syntax.unknown.front());
  for (const auto& [name, values] : arguments.values_)
    for (const std::string& value : values) SN_TRY(check_value(*find_flag(command, name), value));
  if (arguments.words_.size() > command.max_arguments)
    return too_many(command, arguments.words_[command.max_arguments]);
  return arguments;
}

std::string Arguments::text(std::string_view name) const {
  if (const auto found = values_.find(name); found != values_.end()) return found->second.back();
  const FlagDef* flag = find_flag(*command_, name);
  return std::string(flag ? flag->option.default_value : std::string_view{});
}

std::vector<std::string> Arguments::list(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>{} : found->second;
}

std::size_t Arguments::count(std::string_view name) const noexcept {
  const auto found = values_.find(name);
  return found == values_.end() ? 0 : found->second.size();
}

std::optional<std::int64_t> Arguments::integer(std::string_view name) const {
  return to_number<std::int64_t>(text(name));
}
std::optional<double> Arguments::number(std::string_view name) const { return to_number<double>(text(name)); }

std::optional<Milliseconds> Arguments::duration(std::string_view name) const {
  const auto parsed = text::parse_duration(text(name));
  return parsed ? std::optional(*parsed) : std::nullopt;
}

std::string_view Arguments::word(std::size_t index) const noexcept {
  return index < words_.size() ? std::string_view(words_[index]) : std::string_view{};
}

}  // namespace sensorium::cli
