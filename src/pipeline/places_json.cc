// Boxes and points: one convention outside, every family's own habit inside. The habits are rows of one
// table; which model has which is data (data/models.json, "coordinates").
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/json.h"
#include "pipeline/extract.h"
#include "pipeline/fit_schema.h"

namespace sensorium::pipeline {
namespace {

using Coordinates = EngineCard::Coordinates;

struct Habit {
  Coordinates coordinates;
  bool y_first;
  double scale;  ///< numbers of a whole side; 0: pixels of the picture as sent
  std::string_view box, point;
};
constexpr std::array habits{
    Habit{Coordinates::sent_pixels, false, 0,
          "[x1, y1, x2, y2] in pixels of the picture: left, top, right, bottom",
          "[x, y] in pixels of the picture"},
    Habit{Coordinates::thousandths, false, 1000,
          "[x1, y1, x2, y2], each from 0 to 1000 of the side: left, top, right, bottom",
          "[x, y], each from 0 to 1000 of the side"},
    Habit{Coordinates::thousandths_yx, true, 1000,
          "[ymin, xmin, ymax, xmax], each from 0 to 1000 of the side",
          "[y, x], each from 0 to 1000 of the side"}};

const Habit& habit_of(Coordinates coordinates) {
  return *std::ranges::find(habits, coordinates, &Habit::coordinates);
}

double number(const json::value& value) {
  if (value.is_number()) return value.to_number<double>();
  double out = NAN;
  if (const auto* text = value.if_string()) std::from_chars(text->data(), text->data() + text->size(), out);
  return out;
}

/// The numbers of a place however it is written: a list, pairs, or named; empty when it is none of these.
std::vector<double> numbers_of(const json::value& value, bool y_first) {
  std::vector<double> out;
  if (const auto* list = value.if_array()) {
    for (const auto& one : *list)
      if (const auto* pair = one.if_array())
        for (const auto& inner : *pair) out.push_back(number(inner));
      else out.push_back(number(one));
    return out;
  }
  const auto* object = value.if_object();
  if (!object) return out;
  const auto get = [&](std::initializer_list<std::string_view> names) {
    for (const auto name : names)
      if (const auto* found = object->if_contains(name)) return number(*found);
    return static_cast<double>(NAN);
  };
  const double left = get({"left", "x1", "xmin", "x_min", "x"}),
               top = get({"top", "y1", "ymin", "y_min", "y"});
  double right = get({"right", "x2", "xmax", "x_max"}), bottom = get({"bottom", "y2", "ymax", "y_max"});
  const double width = get({"width", "w"}), height = get({"height", "h"});
  if (std::isnan(right) && !std::isnan(width)) right = left + width;
  if (std::isnan(bottom) && !std::isnan(height)) bottom = top + height;
  const bool box = !std::isnan(right) && !std::isnan(bottom);
  if (y_first) out = box ? std::vector{top, left, bottom, right} : std::vector{top, left};
  else out = box ? std::vector{left, top, right, bottom} : std::vector{left, top};
  return out;
}

class Converter {
 public:
  Converter(const json::value& root, const PlaceFrame& frame)
      : root_(root), frame_(frame), habit_(habit_of(frame.coordinates)) {}

  void walk(json::value& value, const json::value& given, std::size_t picture, int depth) {
    constexpr int deepest = 40;
    if (depth > deepest) return;
    const json::value* schema = &given;
    if (const auto ref = json::string_member(given, "$ref")) schema = resolve_reference(root_, *ref);
    if (!schema || !schema->is_object()) return;
    if (const auto format = json::string_member(*schema, "format"); format == "box" || format == "point")
      return convert(value, format == "box" ? 4U : 2U, picture);
    for (const std::string_view key : {"anyOf", "oneOf", "allOf"})
      if (const auto* choices = json::array_member(*schema, key))
        for (const auto& choice : *choices) walk(value, choice, picture, depth + 1);
    if (auto* object = value.if_object()) {
      if (const auto which = json::integer_member(value, "picture"); which && *which >= 1)
        picture = static_cast<std::size_t>(*which - 1);
      if (const auto* properties = json::object_member(*schema, "properties"))
        for (const auto& [name, rule] : *properties)
          if (auto* member = object->if_contains(name)) walk(*member, rule, picture, depth + 1);
    }
    const auto* items = json::member(*schema, "items");
    if (auto* list = value.if_array(); list && items)
      for (auto& one : *list) walk(one, *items, picture, depth + 1);
  }

 private:
  void convert(json::value& value, std::size_t count, std::size_t picture) const {
    const auto numbers = numbers_of(value, habit_.y_first);
    if (numbers.size() != count || picture >= frame_.pictures.size() ||
        std::ranges::any_of(numbers, [](double n) { return !std::isfinite(n); }))
      return;
    const auto& [sent, original] = frame_.pictures[picture];
    // Fractions of the side cannot be meant as anything else.
    const bool fractions = std::ranges::all_of(numbers, [](double n) { return n >= 0 && n <= 1; }) &&
                           std::ranges::any_of(numbers, [](double n) { return n != std::floor(n); });
    json::array out;
    std::array<std::int64_t, 4> pixels{};
    for (std::size_t i = 0; i < count; ++i) {
      const bool down = (i % 2 == 1) != habit_.y_first;
      const double side = down ? sent.height : sent.width, whole = down ? original.height : original.width;
      const double full = fractions ? 1 : habit_.scale > 0 ? habit_.scale : side;
      const double place = full > 0 ? numbers[i] / full * whole : 0;
      pixels[i / 2 * 2 + (down ? 1 : 0)] =
          std::clamp<std::int64_t>(std::llround(place), 0, std::llround(whole));
    }
    if (count == 4) {
      if (pixels[0] > pixels[2]) std::swap(pixels[0], pixels[2]);
      if (pixels[1] > pixels[3]) std::swap(pixels[1], pixels[3]);
    }
    for (std::size_t i = 0; i < count; ++i) out.emplace_back(pixels[i]);
    value = std::move(out);
  }

  const json::value& root_;
  const PlaceFrame& frame_;
  const Habit& habit_;
};

void describe(json::value& schema, const Habit& habit) {
  if (auto* list = schema.if_array())
    for (auto& one : *list) describe(one, habit);
  auto* object = schema.if_object();
  if (!object) return;
  const auto format = json::string_member(schema, "format");
  if (format == "box" || format == "point") {
    const std::string words(format == "box" ? habit.box : habit.point);
    object->erase("format");
    (*object)["description"] = words;
    return;
  }
  for (auto& member : *object) describe(member.value(), habit);
}

}  // namespace

std::string schema_as_asked(const Schema& schema, Coordinates coordinates) {
  if (!schema.has_places()) return schema.json();
  auto tree = json::parse(schema.json());
  if (!tree) return schema.json();
  describe(*tree, habit_of(coordinates));
  return json::serialize(*tree);
}

std::string places_in_original(std::string_view data, const Schema& schema, const PlaceFrame& frame) {
  auto value = json::parse(data);
  const auto tree = json::parse(schema.json());
  if (!value || !tree) return std::string(data);
  Converter(*tree, frame).walk(*value, *tree, 0, 0);
  return compact_json(*value);
}

}  // namespace sensorium::pipeline
