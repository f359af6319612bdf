// Boost.JSON behind our errors: parsing with offsets, typed fields with names.
#include "base/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.h"

namespace sensorium::json {
namespace {

constexpr std::size_t max_depth = 64;
constexpr std::string_view white = " \t\r\n";

Error parse_error(std::string_view why, std::size_t offset) {
  return Error(Code::invalid_request, fmt::format("The JSON is not valid at byte {}: {}", offset, why),
               "Check commas, quotes and brackets there");
}

// Boost's words, and ours where they are too short to act on.
std::string reason(const boost::system::error_code& error) {
  if (error == boost::json::error::incomplete) return "it ends too early";
  if (error == boost::json::error::too_deep) return fmt::format("nested deeper than {} levels", max_depth);
  return error.message();
}

// Boost reads 1e400 as infinity and 0e400 as not-a-number, which could be written to nobody: JSON has no
// words for them.
bool has_unwritable(const value& found) noexcept {
  if (const auto* real = found.if_double()) return !std::isfinite(*real);
  if (const auto* items = found.if_array()) return std::ranges::any_of(*items, has_unwritable);
  const auto* fields = found.if_object();
  return fields &&
         std::ranges::any_of(*fields, [](const auto& field) { return has_unwritable(field.value()); });
}

Result<value> parse_or_throw(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = max_depth;
  boost::json::parser parser({}, options);
  boost::system::error_code error;
  const std::size_t used = parser.write_some(text.data(), text.size(), error);
  if (error) return parse_error(reason(error), used);
  const std::size_t extra = text.find_first_not_of(white, used);
  if (extra != std::string_view::npos) return parse_error("something follows the end of the value", extra);
  value parsed = parser.release();
  if (has_unwritable(parsed))
    return Error(Code::invalid_request, "The JSON holds a number that is too large",
                 "Numbers end at about 1.8e308");
  return parsed;
}

std::string range_words(std::string_view kind, std::string low, std::string high) {
  if (!low.empty() && !high.empty()) return fmt::format("{} from {} to {}", kind, low, high);
  if (!low.empty()) return fmt::format("{} of at least {}", kind, low);
  if (!high.empty()) return fmt::format("{} of at most {}", kind, high);
  return std::string(kind);
}

std::string_view type_name(const value& found) noexcept {
  switch (found.kind()) {
    case boost::json::kind::null:
      return "null";
    case boost::json::kind::bool_:
      return "true or false";
    case boost::json::kind::int64:
    case boost::json::kind::uint64:
    case boost::json::kind::double_:
      return "a number";
    case boost::json::kind::string:
      return "a text";
    case boost::json::kind::array:
      return "a list";
    case boost::json::kind::object:
      return "an object";
  }
  return "something else";
}

// A number out of range is shown; texts and lists are the user's content and are not.
std::string found_words(const value& found) {
  if (found.is_number()) return fmt::format("Found {}", text::shorten(serialize(found), 40));
  return fmt::format("Found {}", type_name(found));
}

// 3.0 and 3 are the same JSON number, so both are whole.
std::optional<std::int64_t> whole_number(const value& found) noexcept {
  if (const auto* integer = found.if_int64()) return *integer;
  constexpr double limit = 9007199254740992.0;  // 2^53: above it a double is no longer exact
  const auto* real = found.if_double();
  if (real && std::abs(*real) <= limit && std::trunc(*real) == *real) return static_cast<std::int64_t>(*real);
  return std::nullopt;
}

std::optional<double> real_number(const value& found) noexcept {
  if (const auto* integer = found.if_int64()) return static_cast<double>(*integer);
  if (const auto* natural = found.if_uint64()) return static_cast<double>(*natural);
  if (const auto* real = found.if_double()) return *real;
  return std::nullopt;
}

}  // namespace

Result<value> parse(std::string_view text) {
  try {
    return parse_or_throw(text);
  } catch (const std::exception& failure) {  // out of memory, or a text beyond Boost's limits
    return Error(Code::too_large, fmt::format("The JSON could not be held in memory: {}", failure.what()),
                 "Send less at once");
  }
}

const value* Reader::find(std::string_view name) {
  if (std::ranges::find(known_, name) == known_.end()) known_.emplace_back(name);
  const value* found = source_.if_contains(name);
  return found && !found->is_null() ? found : nullptr;
}

void Reader::fail(std::string_view name, std::string message, std::string hint) {
  if (error_) return;
  std::string field = path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name);
  error_ = Error(Code::invalid_request, std::move(message), std::move(hint)).at(std::move(field));
}

void Reader::wrong(std::string_view name, std::string_view wanted, const value& found) {
  const std::string field = path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name);
  fail(name, fmt::format("`{}` must be {}", field, wanted), found_words(found));
}

std::optional<std::string_view> Reader::string_view(std::string_view name) {
  const value* found = find(name);
  if (!found) return std::nullopt;
  if (const auto* text = found->if_string()) return std::string_view(*text);
  wrong(name, "a text", *found);
  return std::nullopt;
}

std::optional<std::string> Reader::string(std::string_view name) {
  const auto view = string_view(name);
  return view ? std::optional<std::string>(*view) : std::nullopt;
}

std::optional<std::int64_t> Reader::integer(std::string_view name, std::int64_t low, std::int64_t high) {
  using Limits = std::numeric_limits<std::int64_t>;
  const value* found = find(name);
  if (!found) return std::nullopt;
  const auto number = whole_number(*found);
  if (number && *number >= low && *number <= high) return number;
  wrong(name,
        range_words("a whole number", low == Limits::min() ? "" : std::to_string(low),
                    high == Limits::max() ? "" : std::to_string(high)),
        *found);
  return std::nullopt;
}

std::optional<double> Reader::number(std::string_view name, double low, double high) {
  using Limits = std::numeric_limits<double>;
  const value* found = find(name);
  if (!found) return std::nullopt;
  const auto number = real_number(*found);
  if (number && *number >= low && *number <= high) return number;
  wrong(name,
        range_words("a number", low <= Limits::lowest() ? "" : fmt::format("{}", low),
                    high >= Limits::max() ? "" : fmt::format("{}", high)),
        *found);
  return std::nullopt;
}

std::optional<bool> Reader::boolean(std::string_view name) {
  const value* found = find(name);
  if (!found) return std::nullopt;
  if (const auto* flag = found->if_bool()) return *flag;
  wrong(name, "true or false", *found);
  return std::nullopt;
}

const array* Reader::list(std::string_view name) {
  const value* found = find(name);
  if (!found) return nullptr;
  if (const auto* items = found->if_array()) return items;
  wrong(name, "a list", *found);
  return nullptr;
}

const object* Reader::nested(std::string_view name) {
  const value* found = find(name);
  if (!found) return nullptr;
  if (const auto* fields = found->if_object()) return fields;
  wrong(name, "an object", *found);
  return nullptr;
}

const value* Reader::any(std::string_view name) { return find(name); }

Status Reader::status() const {
  if (error_) return *error_;
  return {};
}

std::vector<std::string> Reader::unknown() const {
  std::vector<std::string> names;
  for (const auto& field : source_)
    if (std::ranges::find(known_, std::string_view(field.key())) == known_.end())
      names.emplace_back(field.key());
  return names;
}

const value* member(const value& source, std::string_view name) noexcept {
  const object* fields = source.if_object();
  return fields ? fields->if_contains(name) : nullptr;
}

const object* object_member(const value& source, std::string_view name) noexcept {
  const value* found = member(source, name);
  return found ? found->if_object() : nullptr;
}

const array* array_member(const value& source, std::string_view name) noexcept {
  const value* found = member(source, name);
  return found ? found->if_array() : nullptr;
}

std::optional<std::string_view> string_member(const value& source, std::string_view name) noexcept {
  const value* found = member(source, name);
  const boost::json::string* text = found ? found->if_string() : nullptr;
  return text ? std::optional<std::string_view>(*text) : std::nullopt;
}

std::optional<std::int64_t> integer_member(const value& source, std::string_view name) noexcept {
  const value* found = member(source, name);
  return found ? whole_number(*found) : std::nullopt;
}

}  // namespace sensorium::json
