// Learning from refusals: which field a 400 is about, and what to send instead.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "engine/remote/openai_dialect.h"

namespace sensorium::openai {
namespace {

constexpr std::array field_codes{"unsupported_parameter", "unsupported_value", "extra_forbidden",
                                 "unknown_parameter", "invalid_parameter_error"};
constexpr std::array field_words{
    "unsupported parameter",          "unsupported value", "not supported", "does not support",
    "extra inputs are not permitted", "unrecognized",      "unknown field", "unexpected"};

bool about_a_field(const upstream::ErrorBody& body) {
  const auto coded = [&](std::string_view known) {
    return std::ranges::any_of(body.codes, [&](const std::string& code) { return code == known; });
  };
  const std::string words = text::lower(body.message);
  return std::ranges::any_of(field_codes, coded) ||
         std::ranges::any_of(field_words, [&](std::string_view part) { return words.contains(part); });
}

/// One field that may be left out or renamed. `apply` returns false when it was not sent.
struct Field {
  std::string_view name;
  bool (*apply)(Quirks&, const ChatRequest&);
  std::string_view warning;
};

constexpr std::array fields{
    Field{"max_tokens",
          [](Quirks& quirks, const ChatRequest&) {
            if (quirks.limit != TokenLimitField::max_tokens) return false;
            quirks.limit = TokenLimitField::max_completion_tokens;
            return true;
          },
          "{} takes max_completion_tokens instead of max_tokens"},
    Field{"max_completion_tokens",
          [](Quirks& quirks, const ChatRequest&) {
            if (quirks.limit != TokenLimitField::max_completion_tokens) return false;
            quirks.limit = TokenLimitField::max_tokens;
            return true;
          },
          "{} takes max_tokens instead of max_completion_tokens"},
    Field{"temperature",
          [](Quirks& quirks, const ChatRequest& request) {
            return request.temperature && std::exchange(quirks.temperature, false);
          },
          "{} does not take temperature; it was left out"},
    Field{"stream_options",
          [](Quirks& quirks, const ChatRequest& request) {
            return request.stream && std::exchange(quirks.include_usage, false);
          },
          "{} does not report usage of streams; token counts are estimates"},
    Field{"enable_thinking",
          [](Quirks& quirks, const ChatRequest&) {
            return std::exchange(quirks.thinking, Thinking::as_is) != Thinking::as_is;
          },
          "{} cannot be told not to think first"},
    Field{"chat_template_kwargs",
          [](Quirks& quirks, const ChatRequest&) {
            return std::exchange(quirks.thinking, Thinking::as_is) != Thinking::as_is;
          },
          "{} cannot be told not to think first"},
    Field{"detail", [](Quirks& quirks, const ChatRequest&) { return std::exchange(quirks.detail, false); },
          "{} does not take detail; it was left out"},
};

/// The names are also looked for in the words, as quoted ('max_tokens') or last in a path.
bool names(const upstream::ErrorBody& body, std::string_view field) {
  if (body.param == field || body.param.ends_with(fmt::format(".{}", field))) return true;
  if (!body.param.empty()) return false;
  for (const std::string_view quote : {"'", "\"", "`"})
    if (body.message.contains(fmt::format("{0}{1}{0}", quote, field))) return true;
  return body.message.starts_with(fmt::format("{} ", field)) ||
         body.message.contains(fmt::format("{}:", field));
}

}  // namespace

std::string temperature_warning(std::string_view model) {
  return fmt::format("{} does not take temperature; it was left out", model);
}

std::optional<Adjustment> adjust(const Quirks& quirks, int status, const upstream::ErrorBody& body,
                                 const ChatRequest& request) {
  if ((status != 400 && status != 422) || !about_a_field(body)) return std::nullopt;
  for (const Field& field : fields) {
    if (!names(body, field.name)) continue;
    Adjustment adjustment{quirks, fmt::format(fmt::runtime(field.warning), request.model)};
    if (field.apply(adjustment.quirks, request)) return adjustment;
  }
  return std::nullopt;
}

}  // namespace sensorium::openai
