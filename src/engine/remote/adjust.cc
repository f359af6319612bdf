// Learning from refusals: which field a 400 is about, and what to send instead.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "engine/remote/dialect.h"

namespace sensorium::upstream {
namespace {

constexpr std::array field_codes{"unsupported_parameter", "unsupported_value", "extra_forbidden",
                                 "unknown_parameter", "invalid_parameter_error"};
constexpr std::array field_words{"unsupported parameter",
                                 "unsupported value",
                                 "not supported",
                                 "does not support",
                                 "extra inputs are not permitted",
                                 "unrecognized",
                                 "unknown field",
                                 "unexpected",
                                 "invalid schema",
                                 "unknown name"};
/// About this request's schema, not about what the model can.
constexpr std::string_view bad_schema = "invalid schema";

bool about_a_field(const ErrorBody& body) {
  const auto coded = [&](std::string_view known) {
    return std::ranges::any_of(body.codes, [&](const std::string& code) { return code == known; });
  };
  const std::string words = text::lower(body.message);
  return std::ranges::any_of(field_codes, coded) ||
         std::ranges::any_of(field_words, [&](std::string_view part) { return words.contains(part); });
}

bool weaker_schema(Quirks& quirks, const ChatRequest& request) {
  if (!request.schema || quirks.schema == SchemaMode::none) return false;
  quirks.schema = quirks.schema == SchemaMode::native ? SchemaMode::loose : SchemaMode::none;
  return true;
}
constexpr std::string_view schema_warning =
    "{} does not keep answers to a schema; the answer was only checked";

bool no_bounds(Quirks& quirks, const ChatRequest&) {
  return std::exchange(quirks.pixel_bounds, PixelBounds::not_sent) != PixelBounds::not_sent;
}
constexpr std::string_view bounds_warning = "{} does not take min_pixels and max_pixels; they were left out";

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
    Field{"response_format", weaker_schema, schema_warning},
    Field{"output_config", weaker_schema, schema_warning},
    Field{"output_format", weaker_schema, schema_warning},
    Field{"tool_choice", weaker_schema, schema_warning},
    Field{"tools", weaker_schema, schema_warning},
    Field{"vl_high_resolution_images",
          [](Quirks& quirks, const ChatRequest&) { return std::exchange(quirks.high_resolution, false); },
          "{} does not take high-resolution pictures; they were counted at its usual size"},
    Field{"min_pixels", no_bounds, bounds_warning},
    Field{"max_pixels", no_bounds, bounds_warning},
    Field{"mm_processor_kwargs", no_bounds, bounds_warning},
};

/// The names are also looked for in the words: quoted ('max_tokens'), or at the head of a path
/// (output_config.format: ...).
bool names(const ErrorBody& body, std::string_view field) {
  if (body.param == field || body.param.ends_with(fmt::format(".{}", field)) ||
      body.param.starts_with(fmt::format("{}.", field)))
    return true;
  if (!body.param.empty()) return false;
  for (const std::string_view quote : {"'", "\"", "`"})
    if (body.message.contains(fmt::format("{0}{1}{0}", quote, field))) return true;
  return body.message.starts_with(fmt::format("{} ", field)) ||
         body.message.starts_with(fmt::format("{}.", field)) ||
         body.message.contains(fmt::format("{}:", field)) ||
         body.message.contains(fmt::format("schema for {}", field));
}

std::string warning(std::string_view pattern, std::string_view model) {
  return fmt::format(fmt::runtime(pattern), model);
}

}  // namespace

std::vector<std::string> known_losses(const Quirks& quirks, const Quirks& as_configured,
                                      const ChatRequest& request) {
  std::vector<std::string> out;
  if (request.temperature && !quirks.temperature)
    out.push_back(warning("{} does not take temperature; it was left out", request.model));
  if (request.schema && quirks.schema < as_configured.schema)
    out.push_back(warning(schema_warning, request.model));
  return out;
}

std::optional<Adjustment> adjust(const Quirks& quirks, int status, const ErrorBody& body,
                                 const ChatRequest& request) {
  if ((status != 400 && status != 422) || !about_a_field(body)) return std::nullopt;
  for (const Field& field : fields) {
    if (!names(body, field.name)) continue;
    Adjustment adjustment{quirks, warning(field.warning, request.model)};
    if (!field.apply(adjustment.quirks, request)) continue;
    if (text::lower(body.message).contains(bad_schema)) adjustment.holds_for = Adjustment::HoldsFor::request;
    return adjustment;
  }
  return std::nullopt;
}

}  // namespace sensorium::upstream
