// JSON of the reader child; tolerant of what is missing, strict about the frame.
#include <algorithm>
#include <cmath>

#include "base/json.h"
#include "engine/local/reader_page.h"

namespace sensorium::reader {
namespace {

double number(const json::value* value) noexcept {
  if (!value || !value->is_number()) return 0;
  return value->is_double()
             ? value->get_double()
             : static_cast<double>(value->is_int64() ? value->get_int64()
                                                     : static_cast<std::int64_t>(value->get_uint64()));
}

int whole(const json::value& object, std::string_view name) noexcept {
  return static_cast<int>(std::lround(number(json::member(object, name))));
}

std::string text_of(const json::value& object, std::string_view name) {
  return std::string(json::string_member(object, name).value_or(""));
}

std::optional<double> measured(const json::value& object, std::string_view name) noexcept {
  const auto* value = json::member(object, name);
  return value && value->is_number() ? std::optional<double>(number(value)) : std::nullopt;
}

/// Bounds of [[x,y] x 4].
PageBox box_of(const json::value& object) {
  const auto* corners = json::array_member(object, "box");
  if (!corners || corners->empty()) return {};
  double left = 1e9, top = 1e9, right = -1e9, bottom = -1e9;
  for (const auto& corner : *corners) {
    if (!corner.is_array() || corner.get_array().size() != 2) return {};
    const double x = number(&corner.get_array()[0]), y = number(&corner.get_array()[1]);
    left = std::min(left, x), right = std::max(right, x), top = std::min(top, y),
    bottom = std::max(bottom, y);
  }
  const auto round = [](double v) { return static_cast<int>(std::lround(v)); };
  return {round(left), round(top), round(right), round(bottom)};
}

/// Length of the sides across the text; corners go around from its top left.
double height_of(const json::value& object, const PageBox& box) {
  const auto* corners = json::array_member(object, "box");
  if (!corners || corners->size() != 4 || box.height() == 0) return box.height();
  const auto side = [&](std::size_t from, std::size_t to) {
    const auto at = [&](std::size_t corner, std::size_t axis) {
      return number(&(*corners)[corner].get_array()[axis]);
    };
    return std::hypot(at(to, 0) - at(from, 0), at(to, 1) - at(from, 1));
  };
  return (side(0, 3) + side(1, 2)) / 2;
}

PageFacts facts_of(const json::value& object) {
  PageFacts facts;
  facts.format = text_of(object, "format");
  facts.frames = std::max(1, whole(object, "frames"));
  facts.bytes = static_cast<std::int64_t>(number(json::member(object, "bytes")));
  facts.brightness = measured(object, "brightness");
  facts.sharpness = measured(object, "sharpness");
  if (const auto* colours = json::array_member(object, "colours"))
    for (const auto& colour : *colours)
      facts.colours.push_back({text_of(colour, "name"), number(json::member(colour, "share"))});
  if (const auto* exif = json::member(object, "exif"); exif && exif->is_object()) {
    facts.camera = text_of(*exif, "camera");
    facts.date = text_of(*exif, "date");
    const auto* gps = json::member(*exif, "gps");
    facts.has_place = gps && gps->is_bool() && gps->get_bool();
  }
  return facts;
}

}  // namespace

Result<ReadPage> parse_page(std::string_view text) {
  auto parsed = json::parse(text);
  if (!parsed || !parsed->is_object())
    return Error(Code::upstream_protocol, "The reader's reply is not the JSON it should be",
                 "Reinstall sensorium-reader: it must be of the same version");
  ReadPage page;
  page.width = whole(*parsed, "width");
  page.height = whole(*parsed, "height");
  page.rotation = whole(*parsed, "rotation");
  if (const auto* lines = json::array_member(*parsed, "lines"))
    for (const auto& line : *lines) {
      const PageBox box = box_of(line);
      page.lines.push_back(
          {text_of(line, "text"), number(json::member(line, "confidence")), box, height_of(line, box)});
    }
  if (const auto* codes = json::array_member(*parsed, "codes"))
    for (const auto& code : *codes)
      page.codes.push_back({text_of(code, "format"), text_of(code, "text"), box_of(code)});
  if (const auto* facts = json::member(*parsed, "facts")) page.facts = facts_of(*facts);
  return page;
}

Error parse_reader_error(int status, std::string_view body) {
  const auto parsed = json::parse(body);
  const auto* error = parsed ? json::member(*parsed, "error") : nullptr;
  std::string message = error ? text_of(*error, "message") : "";
  if (message.empty()) message = "The reader failed with status " + std::to_string(status);
  const std::string code = error ? text_of(*error, "code") : "";
  Code ours = Code::upstream_protocol;
  for (Code known : {Code::corrupt_media, Code::unsupported_media, Code::too_large, Code::deadline_exceeded,
                     Code::cancelled, Code::overloaded})
    if (facts(known).name == code) ours = known;
  return Error(ours, std::move(message), error ? text_of(*error, "hint") : "Try again").upstream(status);
}

}  // namespace sensorium::reader
