// The short form of a schema: split at commas outside of brackets, then name, type and description.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/json.h"
#include "base/text.h"
#include "pipeline/schema.h"

namespace sensorium::pipeline {
namespace {

constexpr std::size_t most_fields = 200, longest = 16 * 1024;
constexpr int deepest = 8;
constexpr std::string_view example = "For example: name, age int, items: list";

Error bad(std::string why) {
  return Error(Code::invalid_request, "The short schema cannot be read: " + std::move(why),
               std::string(example))
      .at("schema");
}

Result<json::value> object_of(std::string_view words, int depth);

json::value typed(std::string_view type) { return json::object{{"type", type}}; }

json::value numbers(std::string_view format, int count, std::string_view description) {
  return json::object{{"type", "array"},   {"items", typed("integer")}, {"minItems", count},
                      {"maxItems", count}, {"format", format},          {"description", description}};
}

std::optional<json::value> simple_type(std::string_view word) {
  const std::string name = text::lower(word);
  const auto is = [&](std::initializer_list<std::string_view> names) {
    return std::ranges::find(names, name) != names.end();
  };
  if (is({"str", "string", "text"})) return typed("string");
  if (is({"int", "integer"})) return typed("integer");
  if (is({"float", "number", "num", "double", "decimal"})) return typed("number");
  if (is({"bool", "boolean"})) return typed("boolean");
  if (is({"list", "array"})) return json::object{{"type", "array"}, {"items", typed("string")}};
  if (is({"box"})) return numbers("box", 4, "[left, top, right, bottom]");
  if (is({"point"})) return numbers("point", 2, "[x, y]");
  return std::nullopt;
}

json::value list_of(json::value item) { return json::object{{"type", "array"}, {"items", std::move(item)}}; }

/// "int", "list", "list of int", "list[int]", "int[]", "{…}", "list {…}"; nullopt when it is no type.
Result<std::optional<json::value>> type_of(std::string_view words, int depth) {
  using Found = std::optional<json::value>;
  words = text::trim(words);
  if (words.starts_with('{') && words.ends_with('}'))
    return Found(SN_TRY(object_of(words.substr(1, words.size() - 2), depth + 1)));
  const std::string low = text::lower(words);
  if (low.starts_with("object ") || low.starts_with("object{")) return type_of(words.substr(6), depth);
  if (words.ends_with("[]")) {
    auto item = SN_TRY(type_of(words.substr(0, words.size() - 2), depth));
    return item ? Found(list_of(std::move(*item))) : Found{};
  }
  for (const std::string_view list : {"list", "array"}) {
    if (!low.starts_with(list)) continue;
    std::string_view rest = text::trim(words.substr(list.size()));
    if (rest.empty()) return simple_type(list);
    if (text::lower(rest).starts_with("of ")) rest = rest.substr(3);
    else if ((rest.starts_with('[') && rest.ends_with(']')) || (rest.starts_with('<') && rest.ends_with('>')))
      rest = rest.substr(1, rest.size() - 2);
    else if (!rest.starts_with('{')) return Found{};
    auto item = SN_TRY(type_of(rest, depth));
    if (!item && text::lower(rest).ends_with('s')) item = simple_type(rest.substr(0, rest.size() - 1));
    return item ? Found(list_of(std::move(*item))) : Found{};
  }
  return simple_type(words);
}

std::vector<std::string_view> parts_of(std::string_view words) {
  std::vector<std::string_view> out;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= words.size(); ++i) {
    const char c = i < words.size() ? words[i] : ',';
    if (c == '{' || c == '[' || c == '<') ++depth;
    if (c == '}' || c == ']' || c == '>') --depth;
    if ((c == ',' || c == '\n' || c == ';') && (depth <= 0 || i == words.size())) {
      if (const auto part = text::trim(words.substr(begin, i - begin)); !part.empty()) out.push_back(part);
      begin = i + 1;
    }
  }
  return out;
}

struct Field {
  std::string name;
  json::value schema;
  bool optional = false;
};

Result<Field> field_of(std::string_view part, int depth) {
  const auto name_end = std::min(part.find_first_of(" \t:{["), part.size());
  Field field;
  field.name = part.substr(0, name_end);
  std::string_view rest = text::trim(part.substr(name_end));
  if (field.name.ends_with('?')) field.optional = true, field.name.pop_back();
  if (field.name.empty() || field.name.find_first_of("\"'{}[]") != std::string::npos)
    return bad(fmt::format("\"{}\" does not begin with a name", text::printable(text::shorten(part, 60))));
  // The colon of a description is the first one outside of brackets.
  std::size_t colon = std::string_view::npos;
  for (std::size_t i = 0, open = 0; i < rest.size(); ++i) {
    open += rest[i] == '{' || rest[i] == '[' ? 1 : 0;
    if (open > 0 && (rest[i] == '}' || rest[i] == ']')) --open;
    if (rest[i] == ':' && open == 0) {
      colon = i;
      break;
    }
  }
  const auto before = text::trim(rest.substr(0, colon));
  auto after = colon == std::string_view::npos ? std::string_view{} : text::trim(rest.substr(colon + 1));
  auto type = before.empty() ? std::optional<json::value>{} : SN_TRY(type_of(before, depth));
  std::string description(before.empty() || type ? "" : before);
  if (!after.empty()) {
    auto named = type ? std::optional<json::value>{} : SN_TRY(type_of(after, depth));
    if (named) type = std::move(named);
    else description += (description.empty() ? "" : ": ") + std::string(after);
  }
  field.schema = type ? std::move(*type) : typed("string");
  if (!description.empty()) field.schema.as_object()["description"] = description;
  return field;
}

Result<json::value> object_of(std::string_view words, int depth) {
  if (depth > deepest) return bad("brackets are nested too deeply");
  json::object properties;
  json::array required;
  for (const auto part : parts_of(words)) {
    if (properties.size() >= most_fields) return bad("it has more than 200 fields");
    Field field = SN_TRY(field_of(part, depth));
    if (properties.contains(field.name))
      return bad(fmt::format("\"{}\" is there twice", text::printable(field.name)));
    if (!field.optional) required.emplace_back(field.name);
    properties[field.name] = std::move(field.schema);
  }
  if (properties.empty()) return bad("it names no field");
  return json::object{{"type", "object"},
                      {"properties", std::move(properties)},
                      {"required", std::move(required)},
                      {"additionalProperties", false}};
}

}  // namespace

Result<std::string> schema_of_words(std::string_view words) {
  if (words.size() > longest) return bad("it is longer than 16 KiB");
  if (!text::valid_utf8(words)) return bad("it is not text in UTF-8");
  return json::serialize(SN_TRY(object_of(words, 0)));
}

Result<Schema> schema_from(std::string_view source) {
  const auto trimmed = text::trim(source);
  if (trimmed.starts_with('{')) return Schema::compile(trimmed);
  return Schema::compile(SN_TRY(schema_of_words(trimmed)));
}

}  // namespace sensorium::pipeline
