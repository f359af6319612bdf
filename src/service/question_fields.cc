// Fields of a form, by the names that the JSON body has.
#include <fmt/format.h>

#include <array>
#include <charconv>

#include "base/text.h"
#include "service/question_values.h"

namespace sensorium::service {
namespace {

Result<bool> form_flag(std::string_view name, std::string_view value) {
  for (const std::string_view yes : {"true", "1", "yes", "on"})
    if (text::equal_ignoring_case(value, yes)) return true;
  for (const std::string_view no : {"false", "0", "no", "off", ""})
    if (text::equal_ignoring_case(value, no)) return false;
  return wrong(name, "true or false");
}

template <class Number>
Result<Number> form_number(std::string_view name, std::string_view value, Number low, Number high,
                           std::string_view kind) {
  Number number{};
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || !(number >= low && number <= high))
    return wrong(name, fmt::format("{} from {} to {}", kind, low, high),
                 fmt::format("Found {}", text::printable(text::shorten(value, 40))));
  return number;
}

struct FormField {
  std::string_view name;
  Status (*set)(Question&, std::string_view);
};

constexpr std::array form_fields{
    FormField{"prompt", [](Question& q, std::string_view v) -> Status { return q.prompt = v, Status{}; }},
    FormField{"system", [](Question& q, std::string_view v) -> Status { return q.system = v, Status{}; }},
    FormField{"model", [](Question& q, std::string_view v) -> Status { return q.model = v, Status{}; }},
    FormField{"detail",
              [](Question& q, std::string_view v) -> Status {
                return q.detail = SN_TRY(detail_choice(v)), Status{};
              }},
    FormField{"cache",
              [](Question& q, std::string_view v) -> Status {
                return q.cache = SN_TRY(cache_choice(v)), Status{};
              }},
    FormField{"timeout",
              [](Question& q, std::string_view v) -> Status {
                return q.timeout = SN_TRY(timeout_of(v)), Status{};
              }},
    FormField{
        "exif",
        [](Question& q, std::string_view v) -> Status { return q.exif = SN_TRY(exif_choice(v)), Status{}; }},
    FormField{"pages",
              [](Question& q, std::string_view v) -> Status {
                return q.pages = SN_TRY(page_choice("pages", v)), Status{};
              }},
    FormField{"frames",
              [](Question& q, std::string_view v) -> Status {
                return q.frames = SN_TRY(page_choice("frames", v)), Status{};
              }},
    FormField{"max_tokens",
              [](Question& q, std::string_view v) -> Status {
                q.max_tokens = static_cast<int>(
                    SN_TRY(form_number("max_tokens", v, max_tokens_low, max_tokens_high, "a whole number")));
                return {};
              }},
    FormField{"temperature",
              [](Question& q, std::string_view v) -> Status {
                q.temperature =
                    SN_TRY(form_number("temperature", v, temperature_low, temperature_high, "a number"));
                return {};
              }},
    FormField{"stream",
              [](Question& q, std::string_view v) -> Status {
                return q.stream = SN_TRY(form_flag("stream", v)), Status{};
              }},
    FormField{"facts",
              [](Question& q, std::string_view v) -> Status {
                return q.facts = SN_TRY(form_flag("facts", v)), Status{};
              }},
    FormField{"takeover",
              [](Question& q, std::string_view v) -> Status {
                return q.takeover = SN_TRY(form_flag("takeover", v)), Status{};
              }},
    FormField{"max_cost",
              [](Question& q, std::string_view v) -> Status {
                q.max_cost = SN_TRY(form_number("max_cost", v, 0.0, max_cost_high, "a number"));
                return {};
              }},
    FormField{"offline",
              [](Question& q, std::string_view v) -> Status {
                return q.offline = SN_TRY(form_flag("offline", v)), Status{};
              }},
    FormField{
        "image_base64",
        [](Question& q, std::string_view v) { return add_base64(q, v, "image_base64", "image_base64"); }},
    FormField{"image_url",
              [](Question& q, std::string_view v) { return add_url(q, v, "image_url", "image_url"); }},
    FormField{"schema", [](Question& q, std::string_view v) -> Status { return q.schema = v, Status{}; }},
    FormField{
        "tile",
        [](Question& q, std::string_view v) -> Status { return q.tile = SN_TRY(tile_choice(v)), Status{}; }},
    FormField{"tile_overlap",
              [](Question& q, std::string_view v) -> Status {
                const auto overlap = SN_TRY(
                    form_number("tile_overlap", v, 0, static_cast<int>(largest_tile / 2), "a whole number"));
                if (q.tile) q.tile->overlap = overlap;
                return {};
              }},
    FormField{
        "only",
        [](Question& q, std::string_view v) -> Status { return q.parts = SN_TRY(parts_of(v)), Status{}; }},
    FormField{"tolerance",
              [](Question& q, std::string_view v) -> Status {
                return q.tolerance = SN_TRY(form_number("tolerance", v, 0, 255, "a whole number")), Status{};
              }},
};

}  // namespace

Status set_field(Question& question, std::string_view name, std::string_view value) {
  for (const FormField& field : form_fields) {
    if (field.name != name) continue;
    if (!text::valid_utf8(value)) return wrong(name, "text in UTF-8");
    return field.set(question, value);
  }
  question.ignored.push_back(text::printable(text::shorten(name, 60)));
  return {};
}

}  // namespace sensorium::service
