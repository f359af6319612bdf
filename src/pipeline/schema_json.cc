// The fence around valijson. What it would follow forever or overflow on is refused here: references in a
// circle, patterns with nested repeats, long strings against patterns (std::regex recurses per character).
#define VALIJSON_USE_EXCEPTIONS 1
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <regex>
#include <set>
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "base/json.h"
#include "base/text.h"
#include "pipeline/fit_schema.h"
#include "pipeline/schema.h"

namespace sensorium::pipeline {
namespace {

using Adapter = valijson::adapters::BoostJsonAdapter;

constexpr std::size_t largest_schema = 64 * 1024, largest_answer = 1024 * 1024;
constexpr std::size_t longest_pattern = 200, longest_matched = 2000, most_problems = 8;

Error bad(
    std::string why,
    std::string hint = "See https://json-schema.org, or use the short form: name, age int, items list") {
  return Error(Code::invalid_request, "The schema cannot be used: " + std::move(why), std::move(hint))
      .at("schema");
}

/// A repeat of a group that repeats inside: time can grow exponentially with the text.
bool explosive(std::string_view pattern) {
  std::vector<bool> repeats{false};
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\') ++i;
    else if (c == '(') repeats.push_back(false);
    else if (c == ')' && repeats.size() > 1) {
      const bool inside = repeats.back();
      repeats.pop_back();
      const char next = i + 1 < pattern.size() ? pattern[i + 1] : '\0';
      const bool again = next == '*' || next == '+' || next == '{';
      if (inside && again) return true;
      if (inside || again) repeats.back() = true;
    } else if (c == '*' || c == '+' || c == '{' || c == '|') repeats.back() = true;
  }
  return false;
}

class Inspector {
 public:
  explicit Inspector(const json::value& root) : root_(root) {}

  Status inspect(const json::value& node) {
    if (const auto* list = node.if_array()) {
      for (const auto& one : *list) SN_TRY(inspect(one));
      return {};
    }
    const auto* object = node.if_object();
    if (!object) return {};
    if (const auto pattern = json::string_member(node, "pattern")) SN_TRY(pattern_fine(*pattern));
    if (const auto* patterns = json::object_member(node, "patternProperties"))
      for (const auto& [pattern, _] : *patterns) SN_TRY(pattern_fine(pattern));
    if (const auto format = json::string_member(node, "format"))
      places_ = places_ || *format == "box" || *format == "point";
    std::set<const void*> path;
    SN_TRY(no_circle(node, path));
    for (const auto& [_, value] : *object) SN_TRY(inspect(value));
    return {};
  }
  bool places() const noexcept { return places_; }
  bool patterns() const noexcept { return patterns_; }

 private:
  Status pattern_fine(std::string_view pattern) {
    patterns_ = true;
    if (pattern.size() > longest_pattern || explosive(pattern))
      return bad("a pattern in it could take forever: " + text::printable(text::shorten(pattern, 60)),
                 "Leave out repeats inside repeats, like (a+)*");
    try {
      const std::regex probe{std::string(pattern)};
    } catch (const std::regex_error& failure) {
      return bad(fmt::format("the pattern {} is not one: {}", text::printable(text::shorten(pattern, 60)),
                             failure.what()));
    }
    return {};
  }

  /// References and combinations that never come to a part of the value.
  Status no_circle(const json::value& node, std::set<const void*>& path) {
    if (!node.is_object()) return {};
    if (!path.insert(&node).second)
      return bad("its references lead in a circle", "Let every $ref lead on into a property or an item");
    if (const auto ref = json::string_member(node, "$ref")) {
      const auto* target = resolve_reference(root_, *ref);
      if (!target)
        return bad(
            fmt::format("it refers to {}, which is not in it", text::printable(text::shorten(*ref, 80))),
            "Only references like #/$defs/NAME are followed");
      SN_TRY(no_circle(*target, path));
    }
    for (const std::string_view key : {"allOf", "anyOf", "oneOf"})
      if (const auto* list = json::array_member(node, key))
        for (const auto& one : *list) SN_TRY(no_circle(one, path));
    for (const std::string_view key : {"not", "if", "then", "else"})
      if (const auto* one = json::member(node, key)) SN_TRY(no_circle(*one, path));
    path.erase(&node);
    return {};
  }

  const json::value& root_;
  bool places_ = false, patterns_ = false;
};

bool long_string(const json::value& value) {
  if (const auto* text = value.if_string()) return text->size() > longest_matched;
  if (const auto* list = value.if_array()) return std::ranges::any_of(*list, long_string);
  if (const auto* object = value.if_object())
    return std::ranges::any_of(*object, [](const auto& member) { return long_string(member.value()); });
  return false;
}

/// valijson knows three formats, and fails on values of another type than text: the rest is left out.
void without_formats(json::value& schema) {
  if (auto* list = schema.if_array())
    for (auto& one : *list) without_formats(one);
  auto* object = schema.if_object();
  if (!object) return;
  if (const auto format = json::string_member(schema, "format")) {
    const bool known = *format == "date" || *format == "time" || *format == "date-time";
    if (!known || json::string_member(schema, "type") != "string") object->erase("format");
  }
  for (auto& member : *object) without_formats(member.value());
}

std::string words(const valijson::ValidationResults::Error& error) {
  std::string place;
  for (std::size_t i = 1; i < error.context.size(); ++i) {
    std::string_view part = error.context[i];
    const bool index = part.starts_with('[') && part.size() > 2 && part[1] >= '0' && part[1] <= '9';
    if (!index && part.starts_with('[') && part.ends_with(']')) part = part.substr(1, part.size() - 2);
    if (!index && !place.empty()) place += '.';
    place += part;
  }
  return place.empty() ? error.description : place + ": " + error.description;
}

}  // namespace

struct Schema::Parts {
  json::value tree, judged;
  std::string text;
  valijson::Schema rules;
  bool places = false, patterns = false;
};

Result<Schema> Schema::compile(std::string_view source) {
  if (source.size() > largest_schema)
    return bad("it is larger than 64 KiB", "Leave out what answers need not keep to");
  auto parts = std::make_shared<Parts>();
  auto tree = json::parse(source);
  if (!tree) return bad(tree.error().message);
  if (!tree->is_object()) return bad("it must be a JSON object");
  parts->tree = std::move(*tree);
  Inspector inspector(parts->tree);
  SN_TRY(inspector.inspect(parts->tree));
  parts->places = inspector.places();
  parts->patterns = inspector.patterns();
  try {
    valijson::SchemaParser parser;
    parts->judged = parts->tree;
    without_formats(parts->judged);
    parser.populateSchema(Adapter(parts->judged), parts->rules);
    // Patterns and combinations are looked at only when used: use them once.
    valijson::Validator validator;
    const json::value probe(nullptr);
    (void)validator.validate(parts->rules, Adapter(probe), nullptr);
  } catch (const std::exception& failure) { return bad(failure.what()); }
  parts->text = json::serialize(parts->tree);
  return Schema(std::move(parts));
}

const std::string& Schema::json() const noexcept { return parts_->text; }
bool Schema::has_places() const noexcept { return parts_->places; }
bool Schema::wants_object() const noexcept { return json::string_member(parts_->tree, "type") == "object"; }

std::vector<std::string> Schema::problems(std::string_view source) const {
  if (source.size() > largest_answer) return {"it is longer than 1 MiB"};
  const auto value = json::parse(source);
  if (!value) return {value.error().message};
  if (parts_->patterns && long_string(*value))
    return {"a text in it is too long to be matched with a pattern"};
  std::vector<std::string> out;
  try {
    valijson::Validator validator;
    valijson::ValidationResults results;
    if (validator.validate(parts_->rules, Adapter(*value), &results)) return {};
    valijson::ValidationResults::Error error;
    while (results.popError(error) && out.size() < most_problems) out.push_back(words(error));
  } catch (const std::exception& failure) { out.push_back(failure.what()); }
  if (out.empty()) out.emplace_back("it does not match the schema");
  return out;
}

std::string Schema::fitted(std::string_view source) const {
  auto value = json::parse(source);
  if (!value) return std::string(source);
  fit_to_schema(*value, parts_->tree);
  return compact_json(*value);
}

}  // namespace sensorium::pipeline
