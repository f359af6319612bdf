// Questions read from JSON and forms. Surprising: pictures are decoded last, so that a wrong small field
// is told before megabytes of base64 are looked at.
#include "service/question_json.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>

#include "base/base64.h"
#include "base/json.h"
#include "base/text.h"
#include "media/format.h"
#include "media/page_choice.h"
#include "net/address_policy.h"

namespace sensorium::service {
namespace {

constexpr std::size_t max_pictures = 64, most_estimated = 10'000;
constexpr std::int64_t max_tokens_low = 1, max_tokens_high = 4096;
constexpr double temperature_low = 0, temperature_high = 2;
constexpr std::int64_t smallest_tile = 128, largest_tile = 8192, adaptive_tile = 1024;  // px
constexpr Milliseconds longest_timeout = std::chrono::hours(24);

Error wrong(std::string_view param, std::string_view wanted, std::string hint = {}) {
  return Error(Code::invalid_request, fmt::format("`{}` must be {}", param, wanted), std::move(hint))
      .at(std::string(param));
}

// --- values that have words

Result<DetailChoice> detail_choice(std::string_view word) {
  if (word == "auto") return DetailChoice::automatic;
  if (word == "low") return DetailChoice::low;
  if (word == "high") return DetailChoice::high;
  return wrong("detail", "one of low, high, auto", "Leave it out for auto");
}

Result<ExifChoice> exif_choice(std::string_view word) {
  if (word == "off") return ExifChoice::off;
  if (word == "basic") return ExifChoice::basic;
  if (word == "gps") return ExifChoice::gps;
  return wrong("exif", "one of off, basic, gps", "Leave it out for off");
}

Result<std::string> page_choice(std::string_view param, std::string_view text) {
  const auto lone = param == "frames" ? media::LoneNumber::count : media::LoneNumber::page;
  auto choice = media::parse_pages(text, lone);
  if (!choice) return std::move(choice).error().at(std::string(param));
  return std::string(text);
}

Result<CacheChoice> cache_choice(std::string_view word) {
  if (word == "use") return CacheChoice::use;
  if (word == "refresh") return CacheChoice::refresh;
  if (word == "off") return CacheChoice::off;
  return wrong("cache", "one of use, refresh, off", "Leave it out for use");
}

Result<Milliseconds> checked_timeout(Milliseconds time) {
  if (time <= Milliseconds::zero() || time > longest_timeout)
    return wrong("timeout", "more than 0 and at most 24 hours",
                 "Give seconds, like 30, or a text like \"90s\"");
  return time;
}

Result<Milliseconds> timeout_of(std::string_view text) {
  auto time = text::parse_duration(text);
  if (!time) return std::move(time).error().at("timeout");
  return checked_timeout(*time);
}

Error not_yet(std::string_view field) {
  return Error(Code::not_built_in, fmt::format("`{}` is not part of this version", field),
               fmt::format("Leave `{}` out", field))
      .at(std::string(field));
}

// --- schema, tiles, comparison

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

Result<CompareParts> parts_of(std::string_view word) {
  if (word == "pixels") return CompareParts::pixels;
  if (word == "words") return CompareParts::words;
  return wrong("only", "one of pixels, words", "Leave it out for both");
}

// --- pictures

std::string_view usual_name(std::string_view mime) noexcept {
  return mime == "image/jpg" || mime == "image/pjpeg" ? "image/jpeg" : mime;
}

Status check_count(const Question& question, const std::string& label) {
  if (question.pictures.size() < max_pictures) return {};
  return Error(Code::invalid_request, fmt::format("More than {} pictures in one question", max_pictures),
               "Ask about fewer at once")
      .at(label);
}

Status add_bytes(Question& question, std::string bytes, std::string label) {
  SN_TRY(check_count(question, label));
  question.pictures.push_back({std::make_shared<const std::string>(std::move(bytes)), std::move(label)});
  return {};
}

Status add_data_url(Question& question, std::string_view url, std::string label, std::string_view param) {
  auto decoded = decode_data_url(url);
  if (!decoded) return std::move(decoded).error().at(std::string(param));
  if (decoded->data.empty()) return wrong(param, "a picture, but its data URL is empty");
  const media::FormatDef* format = media::sniff(decoded->data);
  const std::string_view declared = usual_name(decoded->mime);
  if (format && declared.starts_with("image/") && declared != format->mime)
    question.warnings.push_back(fmt::format("{} is declared as {}, but its bytes are {}; it was read as {}",
                                            label, text::printable(text::shorten(declared, 60)), format->mime,
                                            format->name));
  return add_bytes(question, std::move(decoded->data), std::move(label));
}

Status add_base64(Question& question, std::string_view text, std::string label, std::string_view param) {
  if (is_data_url(text)) return add_data_url(question, text, std::move(label), param);
  if (text.empty()) return wrong(param, "a picture in base64, but it is empty");
  auto bytes = base64_decode(text);
  if (!bytes) return std::move(bytes).error().at(std::string(param));
  return add_bytes(question, std::move(*bytes), std::move(label));
}

Status add_url(Question& question, std::string_view url, std::string label, std::string_view param) {
  if (is_data_url(url)) return add_data_url(question, url, std::move(label), param);
  if (url.empty()) return wrong(param, "an http, https or data URL, but it is empty");
  auto checked = net::parse_media_url(url);
  if (!checked) return std::move(checked).error().at(std::string(param));
  SN_TRY(check_count(question, label));
  question.pictures.push_back({nullptr, std::move(label), std::string(url)});
  return {};
}

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

// --- JSON

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

// --- form fields

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

Result<TileChoice> tile_choice(std::string_view word) {
  TileChoice tile;
  word = text::trim(word);
  if (word.starts_with("adaptive")) {
    tile.adaptive = true;
    tile.size = static_cast<int>(adaptive_tile);
    word.remove_prefix(std::string_view("adaptive").size());
    if (word.empty()) return tile;
    if (word.front() == ':') word.remove_prefix(1);
  } else if (word == "true" || word.empty()) {
    return tile;
  }
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), tile.size);
  if (error != std::errc() || end != word.data() + word.size() || tile.size < smallest_tile ||
      tile.size > largest_tile)
    return wrong(
        "tile",
        fmt::format("a size from {} to {} pixels, adaptive, or adaptive:SIZE", smallest_tile, largest_tile),
        "Leave out the size for 512");
  return tile;
}

Status set_field(Question& question, std::string_view name, std::string_view value) {
  for (const FormField& field : form_fields) {
    if (field.name != name) continue;
    if (!text::valid_utf8(value)) return wrong(name, "text in UTF-8");
    return field.set(question, value);
  }
  question.ignored.push_back(text::printable(text::shorten(name, 60)));
  return {};
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
