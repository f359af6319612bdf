// data/models.json into a ModelTable: strict, so that a typing error in a user's own file is told
// with its row instead of pricing a model at nothing.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/json.h"
#include "base/text.h"
#include "engine/model_table.h"

namespace sensorium {

using Date = std::chrono::year_month_day;

namespace {

constexpr std::string_view table_hint = "See docs/reference/token-rules.md for the fields of the model table";
constexpr std::string_view schema = "sensorium.models/1";
constexpr std::int64_t most_pixels = 1'000'000'000, most_tokens = 100'000'000;
constexpr int most = 10'000'000;

Error bad(std::string_view row, std::string_view what) {
  return Error(Code::misconfigured, fmt::format("The model table is wrong at {}: {}", row, what),
               std::string(table_hint));
}

struct KindName {
  std::string_view name;
  TokenRule::Kind kind;
};
constexpr std::array kinds{
    KindName{"unknown", TokenRule::Kind::unknown}, KindName{"none", TokenRule::Kind::none},
    KindName{"tiles", TokenRule::Kind::tiles},     KindName{"patches", TokenRule::Kind::patches},
    KindName{"claude", TokenRule::Kind::claude},   KindName{"gemini_tiles", TokenRule::Kind::gemini_tiles},
    KindName{"fixed", TokenRule::Kind::fixed},     KindName{"qwen", TokenRule::Kind::qwen},
    KindName{"grid", TokenRule::Kind::grid},       KindName{"split", TokenRule::Kind::split},
    KindName{"slices", TokenRule::Kind::slices},   KindName{"anyres", TokenRule::Kind::anyres}};

/// What each kind divides by: a rule without it would not be a rule.
bool usable(const TokenRule& rule) noexcept {
  using Kind = TokenRule::Kind;
  switch (rule.kind) {
    case Kind::tiles:
    case Kind::slices:
    case Kind::anyres:
      return rule.tile > 0;
    case Kind::grid:
      return rule.tile > 0 && rule.max_tiles > 0;
    case Kind::split:
      return rule.tile > 0 && rule.max_side > 0;
    case Kind::patches:
      return rule.factor > 0;
    case Kind::claude:
      return rule.factor > 0 && rule.max_side >= rule.factor && rule.budget > 0;
    case Kind::qwen:
      return rule.factor > 0 && rule.max_pixels > 0 && rule.min_pixels <= rule.max_pixels;
    case Kind::gemini_tiles:
    case Kind::fixed:
    case Kind::none:
    case Kind::unknown:
      return true;
  }
  return false;
}

/// Formats live as long as the program: PrepareRule holds views.
constexpr std::array<std::string_view, 7> known_formats{"jpeg", "png", "webp", "gif", "bmp", "tiff", "heif"};

std::optional<Date> parse_date(std::string_view text) {
  int year = 0;
  unsigned month = 0, day = 0;
  const std::string zero_ended(text);
  if (text.size() != 10 || std::sscanf(zero_ended.c_str(), "%4d-%2u-%2u", &year, &month, &day) != 3)
    return std::nullopt;
  const Date date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  return date.ok() ? std::optional(date) : std::nullopt;
}

/// A rule as the file names it.
struct Rule {
  TokenRule tokens;
  media::PixelRule pixels;
  EngineCard::Coordinates coordinates = EngineCard::Coordinates::sent_pixels;
};

Result<EngineCard::Coordinates> coordinates_of(std::string_view name, std::string_view row) {
  using Coordinates = EngineCard::Coordinates;
  if (name == "sent_pixels") return Coordinates::sent_pixels;
  if (name == "thousandths") return Coordinates::thousandths;
  if (name == "thousandths_yx") return Coordinates::thousandths_yx;
  return bad(row, "coordinates are sent_pixels, thousandths or thousandths_yx");
}

Status no_strangers(const json::Reader& reader, std::string_view row) {
  if (const Status read = reader.status(); !read) return bad(row, read.error().message);
  const auto unknown = reader.unknown();
  return unknown.empty() ? Status{} : bad(row, fmt::format("nobody knows the field \"{}\"", unknown.front()));
}

Result<TokenRule> read_tokens(const json::object& source, std::string_view row) {
  json::Reader reader(source);
  TokenRule rule;
  const std::string kind = reader.string("kind").value_or("");
  const auto found = std::ranges::find(kinds, kind, &KindName::name);
  if (found == kinds.end()) return bad(row, fmt::format("\"{}\" is not a kind of token rule", kind));
  rule.kind = found->kind;
  const auto whole = [&](std::string_view name, std::int64_t high) {
    return reader.integer(name, 0, high).value_or(0);
  };
  rule.base = static_cast<int>(whole("base", most));
  rule.per_tile = static_cast<int>(whole("per_tile", most));
  rule.tile = static_cast<int>(whole("tile", most));
  rule.max_tiles = static_cast<int>(whole("max_tiles", 256));
  rule.max_side = static_cast<int>(whole("max_side", most));
  rule.short_side = static_cast<int>(whole("short_side", most));
  rule.factor = static_cast<int>(whole("factor", 1024));
  rule.low_side = static_cast<int>(whole("low_side", most));
  rule.budget = whole("budget", most_tokens);
  rule.min_pixels = whole("min_pixels", most_pixels);
  rule.max_pixels = whole("max_pixels", most_pixels);
  rule.multiplier = reader.number("multiplier", 0.001, 1000).value_or(1);
  rule.thumbnail = reader.boolean("thumbnail").value_or(false);
  rule.frame_tokens = static_cast<int>(whole("frame_tokens", most));
  rule.frame_group = static_cast<int>(reader.integer("frame_group", 1, 64).value_or(1));
  rule.sound_tokens = reader.number("sound_tokens", 0, 10'000).value_or(0);
  SN_TRY(no_strangers(reader, row));
  if (!usable(rule)) return bad(row, fmt::format("the token rule \"{}\" lacks a number it needs", kind));
  return rule;
}

Result<media::PixelRule> read_pixels(const json::object& source, std::string_view row) {
  json::Reader reader(source);
  media::PixelRule rule;
  const auto whole = [&](std::string_view name, std::int64_t otherwise, std::int64_t high) {
    return reader.integer(name, 0, high).value_or(otherwise);
  };
  rule.max_side = static_cast<int>(whole("max_side", rule.max_side, most));
  rule.max_short_side = static_cast<int>(whole("max_short_side", 0, most));
  rule.max_pixels = whole("max_pixels", 0, most_pixels);
  rule.min_pixels = whole("min_pixels", 0, most_pixels);
  rule.max_patches = whole("max_patches", 0, most_tokens);
  rule.grid = static_cast<int>(whole("grid", 0, 1024));
  rule.whole_patches = reader.boolean("whole_patches").value_or(false);
  rule.low_side = static_cast<int>(whole("low_side", rule.low_side, most));
  rule.tile = static_cast<int>(whole("tile", 0, 65'536));
  rule.max_tiles = static_cast<int>(whole("max_tiles", 0, 256));
  if (const auto canvas = reader.string("canvas")) {
    if (*canvas != "nearest_shape" && *canvas != "best_use")
      return bad(row, "a canvas is nearest_shape or best_use");
    rule.canvas =
        *canvas == "best_use" ? media::PixelRule::Canvas::best_use : media::PixelRule::Canvas::nearest_shape;
    if (rule.tile == 0) return bad(row, "a canvas needs the size of its tiles");
  }
  SN_TRY(no_strangers(reader, row));
  return rule;
}

/// USD per million tokens; money in another currency is converted by the table's own rate.
Result<Price> read_price(const json::object& source, double rate, std::string_view row) {
  json::Reader reader(source);
  constexpr double highest = 100'000;
  const auto money = [&](json::Reader& from, std::string_view name) { return from.number(name, 0, highest); };
  const auto input = money(reader, "input"), output = money(reader, "output");
  if (!input || !output) return bad(row, "a price needs input and output, in money per million tokens");
  Price price{.input = *input * rate, .output = *output * rate};
  price.cached_input = money(reader, "cached_input").value_or(*input) * rate;
  price.as_of = reader.string("as_of").value_or("");
  (void)reader.any("from");
  (void)reader.any("currency");
  if (const json::object* longer = reader.nested("long")) {
    json::Reader inner(*longer);
    price.long_above = inner.integer("above", 1, most_tokens).value_or(0);
    const double long_input = money(inner, "input").value_or(*input);
    price.long_input = long_input * rate;
    price.long_output = money(inner, "output").value_or(*output) * rate;
    price.long_cached_input = money(inner, "cached_input").value_or(long_input) * rate;
    SN_TRY(no_strangers(inner, row));
  }
  SN_TRY(no_strangers(reader, row));
  return price;
}

}  // namespace

/// Reads one file; what rows refer to by name must stand before them.
class ModelTableReader {
 public:
  explicit ModelTableReader(Date today) : today_(today) {}

  Result<ModelTable> read(const json::object& root) {
    json::Reader reader(root);
    if (reader.string("schema") != schema)
      return bad("the top", fmt::format("the schema must be {}", schema));
    (void)reader.string("about");
    (void)reader.string("as_of");
    for (const auto& [name, rate] : object(reader, "currencies")) {
      if (!rate.is_number() || !(rate.to_number<double>() > 0))
        return bad(name, "the rate must be a number above 0");
      rates_[std::string(name)] = rate.to_number<double>();
    }
    for (const auto& [name, value] : object(reader, "rules")) SN_TRY(read_rule(name, value));
    for (const auto& [name, value] : object(reader, "providers")) SN_TRY(read_provider(name, value));
    static const json::array nothing;
    const json::array* models = reader.list("models");
    for (const json::value& value : models ? *models : nothing) SN_TRY(read_model(value));
    SN_TRY(no_strangers(reader, "the top"));
    return std::move(table_);
  }

 private:
  static const json::object& object(json::Reader& reader, std::string_view name) {
    static const json::object nothing;
    const json::object* found = reader.nested(name);
    return found ? *found : nothing;
  }

  Status read_rule(std::string_view name, const json::value& value) {
    const auto* tokens = json::object_member(value, "tokens");
    const auto* pixels = json::object_member(value, "pixels");
    if (!tokens || !pixels) return bad(name, "a rule needs tokens and pixels");
    Rule rule{SN_TRY(read_tokens(*tokens, name)), SN_TRY(read_pixels(*pixels, name))};
    if (const auto word = json::string_member(value, "coordinates"))
      rule.coordinates = SN_TRY(coordinates_of(*word, name));
    table_.rules_[std::string(name)] = rule.tokens;
    rules_[std::string(name)] = std::move(rule);
    return {};
  }

  Status read_provider(std::string_view name, const json::value& value) {
    if (!value.is_object()) return bad(name, "a provider is an object");
    json::Reader reader(value.get_object());
    EngineCard limits;
    if (const auto like = reader.string("like")) {
      const auto known = table_.providers_.find(*like);
      if (known == table_.providers_.end())
        return bad(name, fmt::format("there is no provider {} above it", *like));
      limits = known->second.limits;
    } else {
      limits.max_pictures = ModelTable::generic_pictures;
    }
    if (const auto where = reader.string("where")) {
      if (*where != "local" && *where != "remote") return bad(name, "where is local or remote");
      limits.where = *where == "local" ? EngineCard::Where::local : EngineCard::Where::remote;
    }
    SN_TRY(read_card(reader, limits, name));
    SN_TRY(no_strangers(reader, name));
    table_.providers_[std::string(name)].limits = std::move(limits);
    return {};
  }

  Status read_model(const json::value& value) {
    const auto provider = json::string_member(value, "provider");
    const auto* names = json::array_member(value, "models");
    const std::string row = text::shorten(json::serialize(value), 80);
    if (!provider || !names || names->empty())
      return bad(row, "a model needs a provider and a list of models");
    const auto known = table_.providers_.find(*provider);
    const bool family = *provider == "*";
    if (!family && known == table_.providers_.end()) return bad(row, "its provider is not in providers");
    json::Reader reader(value.get_object());
    (void)reader.any("provider");
    (void)reader.any("models");
    EngineCard card = family ? EngineCard{} : known->second.limits;
    SN_TRY(read_card(reader, card, row));
    SN_TRY(no_strangers(reader, row));
    auto& rows = family ? table_.families_ : known->second.rows;
    for (const json::value& name : *names) {
      if (!name.is_string() || name.get_string().empty()) return bad(row, "the names of models are strings");
      rows.push_back({text::lower(std::string_view(name.get_string())), card});
    }
    return {};
  }

  Status read_card(json::Reader& reader, EngineCard& card, std::string_view row) {
    if (const auto rule = reader.string("rule")) {
      const auto known = rules_.find(*rule);
      if (known == rules_.end()) return bad(row, fmt::format("there is no rule {}", *rule));
      card.tokens = known->second.tokens;
      card.prepare.pixels = known->second.pixels;
      card.coordinates = known->second.coordinates;
    }
    if (const auto word = reader.string("coordinates")) card.coordinates = SN_TRY(coordinates_of(*word, row));
    if (const auto pictures = reader.integer("max_pictures", 0, most))
      card.max_pictures = static_cast<int>(*pictures);
    if (const auto bytes = reader.integer("max_bytes", 1024, most_pixels)) card.prepare.max_bytes = *bytes;
    if (const auto bytes = reader.integer("max_request_bytes", 1024, most_pixels))
      card.max_request_bytes = *bytes;
    if (const auto crowd = reader.integer("crowd", 1, most)) card.crowd = static_cast<int>(*crowd);
    if (const auto side = reader.integer("crowd_side", 1, most)) card.crowd_side = static_cast<int>(*side);
    if (const auto takes = reader.boolean("temperature")) card.temperature = *takes;
    if (const auto context = reader.integer("context", 1, most_tokens)) card.context_tokens = *context;
    if (const auto fetches = reader.boolean("fetches_urls")) card.prepare.fetches = *fetches;
    if (const auto schemas = reader.boolean("json_schema")) card.json_schema = *schemas;
    if (const auto objects = reader.boolean("json_object")) card.json_object = *objects;
    if (const json::array* formats = reader.list("formats")) SN_TRY(read_formats(*formats, card, row));
    if (const json::value* price = reader.any("price")) SN_TRY(read_prices(*price, card, row));
    return {};
  }

  static Status read_formats(const json::array& names, EngineCard& card, std::string_view row) {
    card.prepare.formats.clear();
    for (const json::value& name : names) {
      const auto known = std::ranges::find_if(known_formats, [&](std::string_view format) {
        return name.is_string() && std::string_view(name.get_string()) == format;
      });
      if (known == known_formats.end()) return bad(row, "formats are jpeg, png, webp, gif, bmp, tiff, heif");
      card.prepare.formats.push_back(*known);
    }
    return card.prepare.formats.empty() ? bad(row, "an engine takes at least one format") : Status{};
  }

  /// One price, or a list of which the last that has begun holds.
  Status read_prices(const json::value& source, EngineCard& card, std::string_view row) {
    const json::array* list = source.if_array();
    for (const json::value& one : list ? *list : json::array{source}) {
      if (!one.is_object()) return bad(row, "a price is an object");
      double rate = 1;
      if (const auto currency = json::string_member(one, "currency")) {
        const auto known = rates_.find(*currency);
        if (known == rates_.end()) return bad(row, fmt::format("there is no rate for {}", *currency));
        rate = known->second;
      }
      Price price = SN_TRY(read_price(one.get_object(), rate, row));
      if (const auto from = json::string_member(one, "from")) {
        const auto date = parse_date(*from);
        if (!date) return bad(row, "from is a date like 2026-12-01");
        if (*date > today_) continue;
      }
      card.price = std::move(price);
    }
    return {};
  }

  Date today_;
  std::map<std::string, double, std::less<>> rates_;
  std::map<std::string, Rule, std::less<>> rules_;
  ModelTable table_;
};

Result<ModelTable> ModelTable::parse(std::string_view json, Date today) {
  const auto root = json::parse(json);
  if (!root) return bad("the top", root.error().message);
  if (!root->is_object()) return bad("the top", "it must be an object");
  return ModelTableReader(today).read(root->get_object());
}

}  // namespace sensorium
