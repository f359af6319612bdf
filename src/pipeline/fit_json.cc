// One small function per kind of schema.
#include "pipeline/fit_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <optional>
#include <string>

#include "base/text.h"
#include "pipeline/loose_json.h"

namespace sensorium::pipeline {
namespace {

constexpr int deepest = 40;
constexpr std::size_t most_list_words = 4;

bool has_type(const json::value& schema, std::string_view type) {
  const auto* given = json::member(schema, "type");
  if (!given) return false;
  if (const auto* one = given->if_string()) return *one == type;
  const auto* list = given->if_array();
  return list && std::ranges::any_of(
                     *list, [&](const json::value& t) { return t.is_string() && t.get_string() == type; });
}

/// "First Name" and "first_name" are one name. Letters that are not Latin count as they are.
std::string plain_name(std::string_view name) {
  std::string out;
  for (const char c : text::lower(name))
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80) out += c;
  return out;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

/// A number that a text is, money and thousands separators included; "12 apples" is none.
std::optional<double> number_in(std::string_view text) {
  std::string word(text::trim(text));
  for (const std::string_view mark :
       {"$", "€", "£", "¥", "￥", "%", "USD", "EUR", "GBP", "CNY", "RMB", "元", "约", "~", "\xC2\xA0", " "})
    replace_all(word, mark, "");
  const auto comma = word.rfind(','), point = word.rfind('.');
  if (comma != std::string::npos && point != std::string::npos)
    replace_all(word, comma > point ? "." : ",", "");
  if (const auto last = word.rfind(','); last != std::string::npos) {
    const bool thousands = word.size() - last == 4 && word.find('.') == std::string::npos;
    if (thousands || std::ranges::count(word, ',') > 1) replace_all(word, ",", "");
    else word[last] = '.';
  }
  if (word.starts_with('+')) word.erase(0, 1);
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size() || word.empty() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

bool whole(double value) noexcept { return std::floor(value) == value && std::abs(value) < 9e15; }

void to_number(json::value& value, bool integer) {
  std::optional<double> number;
  if (const auto* text = value.if_string()) number = number_in(*text);
  else if (const auto* real = value.if_double(); real && integer && whole(*real)) number = *real;
  if (!number) return;
  if (whole(*number)) value = static_cast<std::int64_t>(*number);
  else if (!integer) value = *number;
}

void to_boolean(json::value& value) {
  if (const auto* number = value.if_int64(); number && (*number == 0 || *number == 1)) {
    value = *number == 1;
    return;
  }
  const auto* text = value.if_string();
  if (!text) return;
  const std::string word = text::lower(text::trim(*text));
  for (const std::string_view yes : {"true", "yes", "y", "on", "1", "是", "有", "ja", "oui"})
    if (word == yes) value = true;
  for (const std::string_view no : {"false", "no", "n", "off", "0", "否", "没有", "nein", "non"})
    if (word == no) value = false;
}

void to_string(json::value& value) {
  if (value.is_bool() || value.is_number()) value = json::value(json::serialize(value));
  if (const auto* list = value.if_array()) {
    std::string joined;
    for (const auto& one : *list) {
      if (!one.is_string()) return;
      joined += (joined.empty() ? "" : ", ") + std::string(one.get_string());
    }
    value = json::value(joined);
  }
}

/// The enum's own spelling of a value that differs in case, spaces or marks only.
void to_listed(json::value& value, const json::array& listed) {
  if (std::ranges::find(listed, value) != listed.end()) return;
  const auto* text = value.if_string();
  const std::string plain = plain_name(text ? std::string(*text) : json::serialize(value));
  const json::value* match = nullptr;
  for (const auto& one : listed) {
    const std::string name =
        plain_name(one.is_string() ? std::string(one.get_string()) : json::serialize(one));
    if (name != plain || name.empty()) continue;
    if (match) return;
    match = &one;
  }
  if (match) value = *match;
}

class Fitter {
 public:
  explicit Fitter(const json::value& root) : root_(root) {}

  void fit(json::value& value, const json::value& given, int depth) {
    if (depth > deepest) return;
    const json::value* schema = &given;
    if (const auto ref = json::string_member(given, "$ref")) schema = resolve_reference(root_, *ref);
    if (!schema || !schema->is_object()) return;
    // Places have a reader of their own.
    if (const auto format = json::string_member(*schema, "format"); format == "box" || format == "point")
      return;
    for (const std::string_view key : {"anyOf", "oneOf"})
      if (const auto* choices = json::array_member(*schema, key)) fit_choice(value, *choices, depth);
    if (const auto* all = json::array_member(*schema, "allOf"))
      for (const auto& one : *all) fit(value, one, depth + 1);
    if (const auto* listed = json::array_member(*schema, "enum")) to_listed(value, *listed);
    if (has_type(*schema, "null") && means_nothing(value, *schema)) value = nullptr;
    else fit_type(value, *schema, depth);
  }

 private:
  static bool means_nothing(const json::value& value, const json::value& schema) {
    if (value.is_null()) return true;
    const auto* text = value.if_string();
    if (!text || has_type(schema, "string")) return text && (*text == "null" || *text == "None");
    const std::string word = text::lower(text::trim(*text));
    return word.empty() || word == "null" || word == "none" || word == "n/a" || word == "unknown";
  }

  void fit_choice(json::value& value, const json::array& choices, int depth) {
    const json::value* only = nullptr;
    for (const auto& choice : choices) {
      const bool nothing = has_type(choice, "null");
      if (nothing && value.is_null()) return;
      if (nothing) continue;
      if (only) return;  // which one is meant cannot be told
      only = &choice;
    }
    if (only) fit(value, *only, depth + 1);
  }

  void fit_type(json::value& value, const json::value& schema, int depth) {
    const bool object = has_type(schema, "object") || json::object_member(schema, "properties");
    if (object) return fit_object(value, schema, depth);
    if (has_type(schema, "array")) return fit_array(value, schema, depth);
    if (has_type(schema, "integer") || has_type(schema, "number")) {
      if (!value.is_string() || !has_type(schema, "string")) to_number(value, !has_type(schema, "number"));
    } else if (has_type(schema, "boolean")) {
      if (!has_type(schema, "string")) to_boolean(value);
    } else if (has_type(schema, "string")) {
      to_string(value);
    }
  }

  // --- objects

  void fit_object(json::value& value, const json::value& schema, int depth) {
    if (value.is_string()) reread(value, [](const json::value& v) { return v.is_object(); });
    if (auto* list = value.if_array(); list && list->size() == 1 && list->front().is_object()) {
      json::value inner = list->front();
      value = std::move(inner);
    }
    static const json::object nothing;
    const auto* found = json::object_member(schema, "properties");
    const json::object& properties = found ? *found : nothing;
    unwrap(value, properties);
    auto* object = value.if_object();
    if (!object) return;
    rename(*object, properties);
    for (const auto& [name, rule] : properties) {
      auto* member = object->if_contains(name);
      if (member) fit(*member, rule, depth + 1);
      if (!member && required(schema, name) && has_type(rule, "null")) (*object)[name] = nullptr;
      if (member && member->is_null() && !has_type(rule, "null") && !required(schema, name) &&
          json::member(rule, "type"))
        object->erase(name);
    }
    drop_strangers(*object, schema, properties);
  }

  static bool required(const json::value& schema, std::string_view name) {
    const auto* list = json::array_member(schema, "required");
    return list && std::ranges::any_of(*list, [&](const json::value& one) {
             return one.is_string() && one.get_string() == name;
           });
  }

  /// {"answer": {…}}, {"properties": {…}}: one member that holds what is wanted.
  static void unwrap(json::value& value, const json::object& properties) {
    for (int i = 0; i < 3; ++i) {
      auto* object = value.if_object();
      if (!object || properties.empty() || score(*object, properties) > 0) return;
      json::value* best = nullptr;
      for (auto& member : *object)
        if (const auto* inner = member.value().if_object();
            inner && (object->size() == 1 || score(*inner, properties) > 0))
          best = &member.value();
      if (!best) return;
      json::value inner = std::move(*best);
      value = std::move(inner);
    }
  }

  static std::size_t score(const json::object& object, const json::object& properties) {
    std::size_t known = 0;
    for (const auto& [name, _] : properties)
      known += std::ranges::any_of(
          object, [&](const auto& member) { return plain_name(member.key()) == plain_name(name); });
    return known;
  }

  static void rename(json::object& object, const json::object& properties) {
    for (const auto& [name, _] : properties) {
      if (object.contains(name)) continue;
      const std::string plain = plain_name(name);
      std::string match;
      for (const auto& member : object) {
        const std::string other = plain_name(member.key());
        const bool same = other == plain || other == plain + "s" || other + "s" == plain;
        if (plain.empty() || !same || properties.contains(member.key())) continue;
        match = member.key();
        break;
      }
      if (match.empty()) continue;
      json::value moved = std::move(object[match]);
      object.erase(match);
      object[name] = std::move(moved);
    }
  }

  static void drop_strangers(json::object& object, const json::value& schema,
                             const json::object& properties) {
    const auto* more = json::member(schema, "additionalProperties");
    if (!more || !more->is_bool() || more->get_bool() || json::member(schema, "patternProperties")) return;
    std::vector<std::string> strangers;
    for (const auto& member : object)
      if (!properties.contains(member.key())) strangers.emplace_back(member.key());
    for (const auto& name : strangers) object.erase(name);
  }

  // --- lists

  void fit_array(json::value& value, const json::value& schema, int depth) {
    if (value.is_string()) split(value, schema);
    if (auto* object = value.if_object()) {
      json::value* list = nullptr;
      for (auto& member : *object)
        if (member.value().is_array()) list = &member.value();
      if (list && object->size() == 1) {
        json::value inner = std::move(*list);
        value = std::move(inner);
      }
    }
    if (!value.is_array() && !value.is_null()) value = json::array{value};
    auto* list = value.if_array();
    const auto* items = json::member(schema, "items");
    if (!list || !items || !items->is_object()) return;
    for (auto& one : *list) fit(one, *items, depth + 1);
  }

  /// "a; b", lines, and words between commas, where each is short.
  void split(json::value& value, const json::value& schema) {
    reread(value, [](const json::value& v) { return v.is_array(); });
    const auto* text = value.if_string();
    if (!text || text->empty()) {
      if (text && text->empty()) value = json::array{};
      return;
    }
    const std::string source(*text);
    const char separator = source.contains('\n') ? '\n' : source.contains(';') ? ';' : ',';
    const auto* items = json::member(schema, "items");
    const bool numbers = items && (has_type(*items, "integer") || has_type(*items, "number"));
    json::array list;
    for (auto part : text::split(source, separator)) {
      const auto begin = part.find_first_not_of(separator == '\n' ? " \t\r-*•" : " \t");
      part = begin == std::string_view::npos ? std::string_view{} : text::trim(part.substr(begin));
      if (part.empty()) continue;
      if (separator == ',' && !numbers &&
          static_cast<std::size_t>(std::ranges::count(part, ' ')) >= most_list_words)
        return;
      list.emplace_back(part);
    }
    value = std::move(list);
  }

  /// A value that was put into a string as JSON.
  template <class Wanted>
  static void reread(json::value& value, Wanted wanted) {
    const std::string_view text = value.get_string();
    const auto trimmed = text::trim(text);
    if (!trimmed.starts_with('{') && !trimmed.starts_with('[')) return;
    for (const auto& candidate : json_candidates(trimmed)) {
      auto parsed = json::parse(candidate.json);
      if (!parsed || !wanted(*parsed)) continue;
      value = std::move(*parsed);
      return;
    }
  }

  const json::value& root_;
};

}  // namespace

void fit_to_schema(json::value& value, const json::value& schema) { Fitter(schema).fit(value, schema, 0); }

std::string compact_json(const json::value& value) {
  if (const auto* real = value.if_double()) return std::isfinite(*real) ? fmt::format("{}", *real) : "null";
  std::string out;
  if (const auto* list = value.if_array()) {
    for (const auto& one : *list) out += (out.empty() ? "[" : ",") + compact_json(one);
    return out.empty() ? "[]" : out + "]";
  }
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object)
      out += (out.empty() ? "{" : ",") + json::serialize(json::value(member.key())) + ":" +
             compact_json(member.value());
    return out.empty() ? "{}" : out + "}";
  }
  return json::serialize(value);
}

const json::value* resolve_reference(const json::value& root, std::string_view reference) {
  if (!reference.starts_with('#')) return nullptr;
  boost::system::error_code failure;
  std::string_view pointer = reference.substr(1);
  const auto* found =
      pointer.empty() ? &root
                      : root.find_pointer(boost::json::string_view(pointer.data(), pointer.size()), failure);
  return failure ? nullptr : found;
}

}  // namespace sensorium::pipeline
