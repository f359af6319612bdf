// The JSON Schema of the file, from the rows.
#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "service/config.h"
#include "service/config_keys.h"

namespace sensorium {
namespace {

using config::Bounds;
using Type = OptionDef::Type;

json::value number(double value) {
  const auto whole = static_cast<std::int64_t>(value);
  if (static_cast<double>(whole) == value) return whole;
  return value;
}

json::object ranged(std::string_view type, Bounds bounds) {
  return {{"type", type}, {"minimum", number(bounds.low)}, {"maximum", number(bounds.high)}};
}

json::object type_schema(const OptionDef& option, Bounds bounds) {
  switch (option.type) {
    case Type::text:
    case Type::path:
      return {{"type", "string"}};
    case Type::integer:
    case Type::size:
      return ranged("integer", bounds);
    case Type::number:
      return ranged("number", bounds);
    case Type::boolean:
      return {{"type", "boolean"}};
    case Type::duration:
      return {{"anyOf",
               json::array{ranged("number", bounds),
                           json::object{{"type", "string"}, {"pattern", "^[0-9][0-9.]* *(ms|s|m|h)?$"}}}}};
    case Type::choice: {
      json::array choices;
      for (const auto choice : text::split(option.choices, '|')) choices.emplace_back(choice);
      return {{"enum", std::move(choices)}};
    }
    case Type::list:
      return {{"type", "array"}, {"items", json::object{{"type", "string"}}}};
  }
  return {};
}

// Numbers and booleans are written in the rows as JSON writes them.
json::value standard_value(const OptionDef& option) {
  const bool text = option.type == Type::text || option.type == Type::path || option.type == Type::choice;
  auto parsed = json::parse(option.default_value);
  return text || !parsed ? json::value(boost::json::string(option.default_value)) : *std::move(parsed);
}

json::object key_schema(const config::ConfigKey& key) {
  json::object schema = type_schema(key.option, key.bounds);
  schema["description"] = key.option.help;
  if (!key.option.default_value.empty()) schema["default"] = standard_value(key.option);
  return schema;
}

json::object section_schema(const config::ConfigSection& section) {
  json::object keys;
  for (const auto& key : section.keys) keys[key.option.name] = key_schema(key);
  return {{"type", "object"},
          {"description", section.summary},
          {"additionalProperties", false},
          {"properties", std::move(keys)}};
}

// The schema object of a section with a dotted path, below `properties` of the file.
void add(json::object& properties, const config::ConfigSection& section) {
  const auto names = text::split(section.path, '.');
  json::object* at = &properties;
  for (std::size_t i = 0; i + 1 < names.size(); ++i)
    at = &(*at)[names[i]].as_object()["properties"].as_object();
  json::object schema = section_schema(section);
  if (section.named())
    schema = {
        {"type", "object"}, {"description", section.summary}, {"additionalProperties", std::move(schema)}};
  (*at)[names.back()] = std::move(schema);
}

void write(const json::value& value, std::string& out, std::size_t depth) {
  const auto lines = [&](char open, char close, const auto& items, auto&& item) {
    if (items.empty()) return out += open, out += close, void();
    out += open;
    bool first = true;
    for (const auto& one : items) {
      out += first ? "\n" : ",\n";
      out.append(2 * (depth + 1), ' ');
      item(one);
      first = false;
    }
    out += '\n';
    out.append(2 * depth, ' ');
    out += close;
  };
  if (const auto* fields = value.if_object()) {
    lines('{', '}', *fields, [&](const auto& field) {
      out += text::json_quote(field.key()) + ": ";
      write(field.value(), out, depth + 1);
    });
  } else if (const auto* items = value.if_array();
             items && std::ranges::any_of(*items, [](const auto& v) { return v.is_object(); })) {
    lines('[', ']', *items, [&](const auto& item) { write(item, out, depth + 1); });
  } else {
    out += json::serialize(value);
  }
}

}  // namespace

std::string config_schema_json() {
  json::object properties;
  for (const auto& section : config::sections()) add(properties, section);
  const json::object schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                            {"title", "sensorium.toml"},
                            {"type", "object"},
                            {"additionalProperties", false},
                            {"properties", std::move(properties)}};
  std::string out;
  write(schema, out, 0);
  return out + "\n";
}

}  // namespace sensorium
