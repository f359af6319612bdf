// Walks over schemas. Depth is bounded by the parser (64 levels); `$ref` is left as it is and only
// looked at for recursion.
#include "engine/remote/answer_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/json.h"
#include "base/text.h"

namespace sensorium::upstream {
namespace {

constexpr std::size_t largest_schema = 1UL << 20, longest_name = 64;

std::optional<json::object> parsed(const AnswerSchema& schema) {
  auto value = json::parse(schema.json);
  if (!value || !value->is_object()) return std::nullopt;
  return std::move(value->get_object());
}

bool says(const json::value& value, std::string_view word) {
  const auto* text = value.if_string();
  return text && std::string_view(*text) == word;
}

bool has_type(const json::object& schema, std::string_view wanted) {
  const json::value* type = schema.if_contains("type");
  if (!type) return false;
  if (type->is_string()) return says(*type, wanted);
  const auto* several = type->if_array();
  return several &&
         std::ranges::any_of(*several, [&](const json::value& each) { return says(each, wanted); });
}

/// Where schemas stand inside a schema: by name, in lists, alone.
constexpr std::array named_places{"properties", "$defs", "definitions"};
constexpr std::array list_places{"anyOf", "oneOf", "allOf", "prefixItems"};
constexpr std::array single_places{"items"};

/// Calls `each` on every schema directly inside; false as soon as one says false.
template <class Each>
bool visit_inner(json::object& schema, const Each& each) {
  for (const std::string_view place : named_places)
    if (json::value* found = schema.if_contains(place); found && found->is_object())
      for (auto& [name, inner] : found->get_object())
        if (inner.is_object() && !each(inner.get_object())) return false;
  for (const std::string_view place : list_places)
    if (json::value* found = schema.if_contains(place); found && found->is_array())
      for (json::value& inner : found->get_array())
        if (inner.is_object() && !each(inner.get_object())) return false;
  for (const std::string_view place : single_places)
    if (json::value* found = schema.if_contains(place); found && found->is_object())
      if (!each(found->get_object())) return false;
  return true;
}

bool is_object_schema(const json::object& schema) {
  return has_type(schema, "object") || schema.contains("properties");
}

/// An object whose members are not all named cannot be closed without changing what it means.
bool is_open(const json::object& schema) {
  const json::value* more = schema.if_contains("additionalProperties");
  const bool says_open = more && (more->is_object() || (more->is_bool() && more->get_bool()));
  const json::value* properties = schema.if_contains("properties");
  const bool unnamed = !properties || !properties->is_object() || properties->get_object().empty();
  return says_open || unnamed || schema.contains("patternProperties");
}

bool is_required(const json::object& schema, std::string_view name) {
  const json::value* required = schema.if_contains("required");
  const auto* list = required ? required->if_array() : nullptr;
  return list && std::ranges::any_of(*list, [&](const json::value& each) { return says(each, name); });
}

void allow_null(json::value& slot) {
  if (!slot.is_object()) return;
  json::object& schema = slot.get_object();
  json::value* type = schema.if_contains("type");
  const bool by_type = type && !schema.contains("anyOf") && !schema.contains("const");
  if (!by_type) {
    json::object either;
    either["anyOf"] = json::array{std::move(schema), json::object{{"type", "null"}}};
    slot = std::move(either);
    return;
  }
  if (has_type(schema, "null")) return;
  if (type->is_array()) type->get_array().push_back("null");
  else *type = json::array{*type, "null"};
  if (json::value* values = schema.if_contains("enum"); values && values->is_array())
    values->get_array().push_back(nullptr);
}

constexpr std::array not_strict{"allOf",
                                "not",
                                "if",
                                "then",
                                "else",
                                "dependentRequired",
                                "dependentSchemas",
                                "patternProperties",
                                "oneOf",
                                "prefixItems",
                                "propertyNames"};

bool make_strict(json::object& schema) {
  for (const std::string_view word : not_strict)
    if (schema.contains(word)) return false;
  schema.erase("default");
  if (!visit_inner(schema, make_strict)) return false;
  if (!is_object_schema(schema)) return true;
  if (is_open(schema)) return false;
  json::array all;
  for (auto& [name, inner] : schema["properties"].get_object()) {
    if (!is_required(schema, name)) allow_null(inner);
    all.push_back(name);
  }
  schema["required"] = std::move(all);
  schema["additionalProperties"] = false;
  return true;
}

/// What Anthropic's grammar does not know; kept as words for the model.
constexpr std::array bounds{"minimum",   "maximum",   "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
                            "minLength", "maxLength", "maxItems",         "uniqueItems"};

void describe_bounds(json::object& schema) {
  std::string words;
  const auto move_out = [&](std::string_view name) {
    const json::value* bound = schema.if_contains(name);
    if (!bound) return;
    words += fmt::format("{}{}: {}", words.empty() ? "" : ", ", name, json::serialize(*bound));
    schema.erase(name);
  };
  for (const std::string_view name : bounds) move_out(name);
  if (const json::value* least = schema.if_contains("minItems"); least && *least != 0 && *least != 1)
    move_out("minItems");
  if (words.empty()) return;
  const json::value* said = schema.if_contains("description");
  const std::string before(said && said->is_string() ? std::string_view(said->get_string()) : "");
  schema["description"] = before.empty() ? words : fmt::format("{} ({})", before, words);
}

struct Bounded {
  int optional = 0, unions = 0;
};
constexpr int most_optional = 24, most_unions = 16;

bool make_bounded(json::object& schema, Bounded& count) {
  for (const std::string_view word : {"not", "if", "patternProperties", "dependentSchemas", "propertyNames"})
    if (schema.contains(word)) return false;
  describe_bounds(schema);
  const json::value* type = schema.if_contains("type");
  if (schema.contains("anyOf") || schema.contains("oneOf") || (type && type->is_array())) ++count.unions;
  if (!visit_inner(schema, [&](json::object& inner) { return make_bounded(inner, count); })) return false;
  if (!is_object_schema(schema)) return true;
  if (is_open(schema)) return false;
  for (const auto& [name, inner] : schema["properties"].get_object())
    if (!is_required(schema, name)) ++count.optional;
  schema["additionalProperties"] = false;
  return count.optional <= most_optional && count.unions <= most_unions;
}

/// Names of definitions that can be reached from `value` by references, each followed once.
bool recursive(const json::object& root, const json::value& value, std::set<std::string>& open) {
  if (const auto* list = value.if_array())
    return std::ranges::any_of(*list, [&](const json::value& each) { return recursive(root, each, open); });
  const auto* object = value.if_object();
  if (!object) return false;
  if (const auto reference = json::string_member(value, "$ref")) {
    if (*reference == "#" || open.contains(std::string(*reference))) return true;
    if (!reference->starts_with('#')) return false;
    boost::json::error_code failure;
    const json::value whole = root;
    const json::value* target = whole.find_pointer(reference->substr(1), failure);
    if (!target) return false;
    open.insert(std::string(*reference));
    const bool found = recursive(root, *target, open);
    open.erase(std::string(*reference));
    return found;
  }
  return std::ranges::any_of(*object, [&](const auto& member) {
    const std::string_view name = member.key();
    return name != "$defs" && name != "definitions" && recursive(root, member.value(), open);
  });
}

}  // namespace

Status check_schema(const AnswerSchema& schema) {
  constexpr std::string_view hint = "Give a JSON Schema such as {\"type\":\"object\",\"properties\":{...}}";
  if (schema.json.size() > largest_schema)
    return Error(Code::invalid_request, "The schema is larger than a megabyte", "Give a smaller one")
        .at("schema");
  const auto value = json::parse(schema.json);
  if (!value)
    return Error(Code::invalid_request, "The schema is not JSON: " + value.error().message, std::string(hint))
        .at("schema");
  if (!value->is_object())
    return Error(Code::invalid_request, "The schema is not a JSON object", std::string(hint)).at("schema");
  return {};
}

std::optional<std::string> strict_schema(const AnswerSchema& schema) {
  auto root = parsed(schema);
  if (!root || !is_object_schema(*root) || root->contains("anyOf") || !make_strict(*root))
    return std::nullopt;
  root->erase("$schema");
  return json::serialize(*root);
}

std::optional<std::string> bounded_schema(const AnswerSchema& schema) {
  auto root = parsed(schema);
  Bounded count;
  std::set<std::string> open;
  if (!root || recursive(*root, *root, open) || !make_bounded(*root, count)) return std::nullopt;
  root->erase("$schema");
  return json::serialize(*root);
}

std::string schema_name(const AnswerSchema& schema) {
  std::string name;
  for (const char c : schema.name.substr(0, longest_name)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    name += plain || c == '-' || c == '_' ? c : '_';
  }
  return name.empty() ? "answer" : name;
}

}  // namespace sensorium::upstream
