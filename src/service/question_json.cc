// Questions read from JSON. Surprising: pictures are decoded last, so that a wrong small field is told before
// megabytes of base64 are looked at.
#include "service/question_json.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "service/question_values.h"

namespace sensorium::service {
namespace {

constexpr std::size_t most_estimated = 10'000;

Error not_yet(std::string_view field) {
  return Error(Code::not_built_in, fmt::format("`{}` is not part of this version", field),
               fmt::format("Leave `{}` out", field))
      .at(std::string(field));
}

/// A schema as an object, or its short form as a text. It is compiled where it is used.
Result<std::string> schema_of(const json::value& value) {
  if (const auto* text = value.if_string()) return std::string(*text);
  if (value.is_object()) return json::serialize(value);
  if (value.is_null() || (value.is_bool() && !value.get_bool())) return std::string();
  return wrong("schema", "a JSON Schema (an object) or its short form (a text)",
               "For example \"name, age int, items: list\"");
}

/// `tile`: true, a size, "adaptive", "adaptive:SIZE", or {"size", "overlap", "mode"}.
Result<std::optional<TileChoice>> tile_of(const json::value& value) {
  using Found = std::optional<TileChoice>;
  if (value.is_null()) return Found{};
  if (value.is_bool()) return value.get_bool() ? Found(TileChoice{}) : Found{};
  if (value.is_int64()) return Found(SN_TRY(tile_choice(std::to_string(value.get_int64()))));
  if (const auto* text = value.if_string()) return Found(SN_TRY(tile_choice(*text)));
  const json::object* fields = value.if_object();
  if (!fields) return wrong("tile", "true, a size in pixels, or \"adaptive\"");
  json::Reader reader(*fields, "tile");
  TileChoice tile;
  tile.adaptive = reader.string_view("mode") == "adaptive";
  if (tile.adaptive) tile.size = adaptive_tile;
  if (const auto size = reader.integer("size", smallest_tile, largest_tile))
    tile.size = static_cast<int>(*size);
  if (const auto overlap = reader.integer("overlap", 0, largest_tile / 2))
    tile.overlap = static_cast<int>(*overlap);
  SN_TRY(reader.status());
  return Found(tile);
}

// --- pictures

Status add_listed(Question& question, const json::value& item, std::size_t index) {
  const std::string label = fmt::format("images[{}]", index);
  const json::object* fields = item.if_object();
  if (!fields) return wrong(label, "an object like {\"base64\": \"...\"} or {\"url\": \"https://...\"}");
  json::Reader reader(*fields, label);
  const auto base64 = reader.string_view("base64"), url = reader.string_view("url");
  SN_TRY(reader.status());
  for (std::string& name : reader.unknown()) question.ignored.push_back(label + "." + name);
  if (base64.has_value() == url.has_value())
    return wrong(label, "an object with either `base64` or `url`", url ? "Found both" : "Found neither");
  return base64 ? add_base64(question, *base64, label, label + ".base64")
                : add_url(question, *url, label, label + ".url");
}

struct PictureFields {
  std::optional<std::string_view> base64, url;
  const json::array* list = nullptr;
};

Status add_pictures(Question& question, const PictureFields& fields) {
  if (fields.base64) SN_TRY(add_base64(question, *fields.base64, "image_base64", "image_base64"));
  if (fields.url) SN_TRY(add_url(question, *fields.url, "image_url", "image_url"));
  if (!fields.list) return {};
  if (fields.list->empty()) return wrong("images", "a list of at least one picture");
  for (std::size_t i = 0; i < fields.list->size(); ++i) SN_TRY(add_listed(question, (*fields.list)[i], i));
  return {};
}

// --- the body

/// A text or a whole number.
Status read_pages(std::string& into, json::Reader& reader, std::string_view name) {
  const json::value* given = reader.any(name);
  if (!given || given->is_null()) return {};
  if (const auto* number = given->if_int64()) into = SN_TRY(page_choice(name, std::to_string(*number)));
  else if (const auto* text = given->if_string()) into = SN_TRY(page_choice(name, *text));
  else return wrong(name, "a text like \"1-3,7\" or a whole number");
  return {};
}

Status read_choices(Question& question, json::Reader& reader) {
  if (const auto word = reader.string_view("detail")) question.detail = SN_TRY(detail_choice(*word));
  if (const auto word = reader.string_view("cache")) question.cache = SN_TRY(cache_choice(*word));
  if (const json::value* time = reader.any("timeout")) {
    if (const auto* text = time->if_string()) question.timeout = SN_TRY(timeout_of(*text));
    else if (const auto seconds =
                 reader.number("timeout", 0, std::chrono::duration<double>(longest_timeout).count()))
      question.timeout = SN_TRY(checked_timeout(Milliseconds(static_cast<std::int64_t>(*seconds * 1000))));
  }
  if (const auto word = reader.string_view("exif")) question.exif = SN_TRY(exif_choice(*word));
  SN_TRY(read_pages(question.pages, reader, "pages"));
  SN_TRY(read_pages(question.frames, reader, "frames"));
  for (const std::string_view field : {"detach"}) {
    const json::value* given = reader.any(field);
    const bool off = given && given->is_bool() && !given->get_bool();
    if (given && !off) return not_yet(field);
  }
  if (const json::value* schema = reader.any("schema")) question.schema = SN_TRY(schema_of(*schema));
  if (const json::value* tile = reader.any("tile")) question.tile = SN_TRY(tile_of(*tile));
  if (const auto overlap = reader.integer("tile_overlap", 0, largest_tile / 2); overlap && question.tile)
    question.tile->overlap = static_cast<int>(*overlap);
  if (const auto word = reader.string_view("only")) question.parts = SN_TRY(parts_of(*word));
  if (const auto tolerance = reader.integer("tolerance", 0, 255))
    question.tolerance = static_cast<int>(*tolerance);
  return {};
}

Result<Question> read_question(const json::object& body, Status (*check)(const Question&)) {
  Question question;
  json::Reader reader(body);
  question.prompt = reader.string("prompt").value_or("");
  question.system = reader.string("system").value_or("");
  question.model = reader.string("model").value_or("");
  if (const auto n = reader.integer("max_tokens", max_tokens_low, max_tokens_high))
    question.max_tokens = static_cast<int>(*n);
  question.temperature = reader.number("temperature", temperature_low, temperature_high);
  question.stream = reader.boolean("stream").value_or(false);
  question.facts = reader.boolean("facts").value_or(false);
  question.takeover = reader.boolean("takeover").value_or(false);
  question.offline = reader.boolean("offline").value_or(false);
  question.max_cost = reader.number("max_cost", 0, max_cost_high);
  const PictureFields pictures{reader.string_view("image_base64"), reader.string_view("image_url"),
                               reader.list("images")};
  auto choices = read_choices(question, reader);
  SN_TRY(reader.status());
  SN_TRY(std::move(choices));
  question.ignored = reader.unknown();
  SN_TRY(add_pictures(question, pictures));
  SN_TRY(check(question));
  return question;
}

Result<json::value> parse_object(std::string_view body) {
  json::value parsed = SN_TRY(json::parse(body));
  if (!parsed.is_object())
    return Error(Code::invalid_request, "The body must be a JSON object",
                 "For example {\"prompt\": \"What is this?\", \"image_base64\": \"...\"}");
  return parsed;
}

}  // namespace

Result<Question> parse_question(std::string_view body) {
  const json::value parsed = SN_TRY(parse_object(body));
  return read_question(parsed.get_object(), check_question);
}

Result<Question> parse_comparison(std::string_view body) {
  const json::value parsed = SN_TRY(parse_object(body));
  return read_question(parsed.get_object(), check_comparison);
}

Result<std::vector<Question>> parse_estimate(std::string_view body) {
  const json::value parsed = SN_TRY(parse_object(body));
  json::Reader reader(parsed.get_object());
  const auto route = reader.string_view("route");
  const json::value* inner = reader.any("body");
  SN_TRY(reader.status());
  const bool comparison = route == "/v1/compare";
  if (!comparison && route != "/v1/analyze/image" && route != "/v1/analyze/upload")
    return wrong("route", "/v1/analyze/image, /v1/analyze/upload or /v1/compare",
                 "Other routes have no estimate yet");
  if (!inner || !(inner->is_object() || inner->is_array()))
    return wrong("body", "the body that the route would get, or a list of them");
  const json::array one{*inner};
  const json::array& bodies = inner->is_array() ? inner->get_array() : one;
  if (bodies.empty() || bodies.size() > most_estimated)
    return wrong("body", fmt::format("a list of 1 to {} bodies", most_estimated));
  std::vector<Question> questions;
  for (const json::value& each : bodies) {
    if (!each.is_object()) return wrong("body", "the body that the route would get, or a list of them");
    questions.push_back(
        SN_TRY(read_question(each.get_object(), comparison ? check_comparison : check_question)));
  }
  Question& first = questions.front();
  for (std::string& name : first.ignored) name = "body." + name;
  for (std::string& name : reader.unknown()) first.ignored.push_back(std::move(name));
  return questions;
}

Status check_comparison(const Question& question) {
  if (question.pictures.size() >= 2) return {};
  return Error(Code::invalid_request, "A comparison needs at least two pictures",
               "Add them to images, or as file parts of a form")
      .at("images");
}

Status check_question(const Question& question) {
  if (text::trim(question.prompt).empty())
    return wrong("prompt", "given and not empty", "Add \"prompt\": \"What is in this picture?\"");
  if (question.pictures.empty())
    return Error(Code::invalid_request, "The question has no picture",
                 "Add image_base64, image_url or images, or a file to /v1/analyze/upload")
        .at("image_base64");
  return {};
}

}  // namespace sensorium::service
