// Conversion by the type of the key. Nothing is guessed: "8" in the file is no number, in a flag it is.
#include "service/config_value.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/text.h"

namespace sensorium::config {
namespace {

using Type = OptionDef::Type;

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

std::string range_words(std::string_view kind, Bounds bounds, std::string_view unit = {}) {
  return fmt::format("{} from {} to {}{}", kind, bounds.low, bounds.high, unit);
}

// Texts of typed values are not shown: they may be a secret in the wrong place.
std::string found_words(const RawValue& raw) {
  return std::visit(Overloaded{[&](const std::string& text) {
                                 return raw.spelling == Spelling::text
                                            ? fmt::format("\"{}\"", text::printable(text::shorten(text, 40)))
                                            : std::string("a text");
                               },
                               [](std::int64_t number) { return fmt::format("{}", number); },
                               [](double number) { return fmt::format("{}", number); },
                               [](bool flag) { return fmt::format("{}", flag); },
                               [](const std::vector<std::string>&) { return std::string("a list"); },
                               [](const Strange& strange) { return std::string(strange.what); }},
                    raw.data);
}

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::int64_t> whole(const RawValue& raw) {
  if (const auto* number = std::get_if<std::int64_t>(&raw.data)) return *number;
  const auto* text = std::get_if<std::string>(&raw.data);
  return text && raw.spelling == Spelling::text ? number_in<std::int64_t>(text::trim(*text)) : std::nullopt;
}

std::optional<double> real(const RawValue& raw) {
  if (const auto number = whole(raw)) return static_cast<double>(*number);
  if (const auto* number = std::get_if<double>(&raw.data)) return *number;
  const auto* text = std::get_if<std::string>(&raw.data);
  return text && raw.spelling == Spelling::text ? number_in<double>(text::trim(*text)) : std::nullopt;
}

bool within(double number, Bounds bounds) noexcept { return number >= bounds.low && number <= bounds.high; }

std::optional<Value> to_text(const RawValue& raw) {
  const auto* text = std::get_if<std::string>(&raw.data);
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (!text || std::ranges::any_of(*text, control)) return std::nullopt;
  return *text;
}

std::optional<Value> to_integer(const RawValue& raw, Bounds bounds) {
  const auto number = whole(raw);
  if (!number || !within(static_cast<double>(*number), bounds)) return std::nullopt;
  return *number;
}

std::optional<Value> to_size(const RawValue& raw, Bounds bounds) {
  const auto number = to_integer(raw, bounds);
  if (!number) return std::nullopt;
  return Mebibytes{std::get<std::int64_t>(*number)};
}

std::optional<Value> to_number(const RawValue& raw, Bounds bounds) {
  const auto number = real(raw);
  if (!number || !within(*number, bounds)) return std::nullopt;
  return *number;
}

std::optional<Value> to_boolean(const RawValue& raw) {
  if (const auto* flag = std::get_if<bool>(&raw.data)) return *flag;
  const auto* text = std::get_if<std::string>(&raw.data);
  if (!text || raw.spelling != Spelling::text) return std::nullopt;
  constexpr std::array<std::string_view, 4> yes{"true", "yes", "on", "1"}, no{"false", "no", "off", "0"};
  const std::string word = text::lower(text::trim(*text));
  if (std::ranges::find(yes, word) != yes.end()) return true;
  if (std::ranges::find(no, word) != no.end()) return false;
  return std::nullopt;
}

std::optional<Value> to_duration(const RawValue& raw, Bounds bounds) {
  constexpr double milliseconds = 1000;
  std::optional<double> seconds = real(raw);
  if (const auto* text = std::get_if<std::string>(&raw.data); text && !seconds)
    if (const auto parsed = text::parse_duration(*text))
      seconds = static_cast<double>(parsed->count()) / milliseconds;
  if (!seconds || !within(*seconds, bounds)) return std::nullopt;
  return Milliseconds(std::llround(*seconds * milliseconds));
}

std::optional<Value> to_choice(const RawValue& raw, std::string_view choices) {
  const auto* text = std::get_if<std::string>(&raw.data);
  const auto all = text::split(choices, '|');
  const auto found = text ? std::ranges::find(all, std::string_view(*text)) : all.end();
  if (found == all.end()) return std::nullopt;
  return Choice{static_cast<std::size_t>(found - all.begin()), *text};
}

std::optional<Value> to_list(const RawValue& raw) {
  if (const auto* items = std::get_if<std::vector<std::string>>(&raw.data)) return *items;
  const auto* text = std::get_if<std::string>(&raw.data);
  if (!text || raw.spelling != Spelling::text) return std::nullopt;
  std::vector<std::string> items;
  for (const auto part : text::split(*text, ',')) items.emplace_back(text::trim(part));
  return items;
}

std::optional<Value> convert_by_type(const OptionDef& option, Bounds bounds, const RawValue& raw) {
  switch (option.type) {
    case Type::text:
    case Type::path:
      return to_text(raw);
    case Type::integer:
      return to_integer(raw, bounds);
    case Type::number:
      return to_number(raw, bounds);
    case Type::boolean:
      return to_boolean(raw);
    case Type::duration:
      return to_duration(raw, bounds);
    case Type::size:
      return to_size(raw, bounds);
    case Type::choice:
      return to_choice(raw, option.choices);
    case Type::list:
      return to_list(raw);
  }
  return std::nullopt;
}

}  // namespace

std::expected<Value, Mismatch> convert(const OptionDef& option, Bounds bounds, const RawValue& raw) {
  if (auto value = convert_by_type(option, bounds, raw)) return *std::move(value);
  return std::unexpected(Mismatch{wanted_words(option, bounds), found_words(raw)});
}

std::string wanted_words(const OptionDef& option, Bounds bounds) {
  switch (option.type) {
    case Type::text:
      return "a text on one line";
    case Type::path:
      return "a path";
    case Type::integer:
      return range_words("a whole number", bounds);
    case Type::number:
      return range_words("a number", bounds);
    case Type::boolean:
      return "true or false";
    case Type::duration:
      return range_words("a time", bounds, " seconds");
    case Type::size:
      return range_words("a whole number", bounds, " (MiB)");
    case Type::choice:
      return fmt::format("one of {}", fmt::join(text::split(option.choices, '|'), ", "));
    case Type::list:
      return "a list of texts";
  }
  return {};
}

std::string to_toml(const Value& value) {
  return std::visit(Overloaded{[](const std::string& text) { return text::json_quote(text); },
                               [](std::int64_t number) { return fmt::format("{}", number); },
                               [](double number) { return fmt::format("{}", number); },
                               [](bool flag) { return fmt::format("{}", flag); },
                               [](Milliseconds time) {
                                 return fmt::format("{}", static_cast<double>(time.count()) / 1000);
                               },
                               [](Mebibytes size) { return fmt::format("{}", size.count); },
                               [](const Choice& choice) { return text::json_quote(choice.name); },
                               [](const std::vector<std::string>& items) {
                                 std::vector<std::string> quoted;
                                 for (const auto& item : items) quoted.push_back(text::json_quote(item));
                                 return fmt::format("[{}]", text::join(quoted, ", "));
                               }},
                    value);
}

}  // namespace sensorium::config
