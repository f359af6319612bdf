// Answers, plans, errors and the lines of --json, written in the field order of the contract.
#include <fmt/format.h>

#include "service/item_json.h"

namespace sensorium::service {
namespace {

constexpr std::size_t answer_overhead = 900;  // bytes of an answer beside its text, with one picture

void write_usage(JsonText& json, const UsageReport& usage) {
  json.open('{')
      .field("input_tokens", usage.input_tokens)
      .field("image_tokens", usage.image_tokens)
      .field("output_tokens", usage.output_tokens)
      .field("cached_tokens", usage.cached_tokens)
      .field("source", usage.from_provider ? "provider" : "estimate")
      .close('}');
}

void write_pictures(JsonText& json, const std::vector<PictureReport>& pictures) {
  json.open('[');
  for (const PictureReport& picture : pictures) {
    json.open('{')
        .field("width", picture.width)
        .field("height", picture.height)
        .field("sent_width", picture.sent_width)
        .field("sent_height", picture.sent_height)
        .field("sent_bytes", picture.sent_bytes)
        .field("mime", picture.mime)
        .field("estimated_tokens", picture.estimated_tokens)
        .field("sha256", picture.sha256)
        .key("phash");
    if (picture.phash) json.text(fmt::format("{:016x}", *picture.phash));
    else json.null();
    json.close('}');
  }
  json.close(']');
}

void write_attempts(JsonText& json, const std::vector<Attempt>& attempts) {
  json.open('[');
  for (const Attempt& attempt : attempts)
    json.open('{')
        .field("model", attempt.model)
        .field("outcome", attempt.outcome)
        .rounded("ms", attempt.ms)
        .close('}');
  json.close(']');
}

void write_timings(JsonText& json, const Timings& t) {
  json.open('{');
  for (const auto& [name, value] : {std::pair<std::string_view, double>{"fetch", t.fetch},
                                    {"decode", t.decode},
                                    {"prepare", t.prepare},
                                    {"queue", t.queue}})
    json.rounded(name, value);
  if (t.first_token) json.rounded("first_token", *t.first_token);
  else json.key("first_token").null();
  json.rounded("generate", t.generate);
  json.rounded("total", t.total).close('}');
}

void write_answer_fields(JsonText& json, const Answer& answer) {
  json.field("id", answer.id).field("result", answer.result);
  if (!answer.data.empty()) json.key("data").raw(answer.data);
  json.field("model", answer.model).field("finish_reason", answer.finish_reason).key("usage");
  write_usage(json, answer.usage);
  json.key("cost_usd").number(answer.cost_usd).field("cache", answer.cache).key("pictures");
  write_pictures(json, answer.pictures);
  json.key("attempts");
  write_attempts(json, answer.attempts);
  json.key("timings_ms");
  write_timings(json, answer.timings_ms);
  json.key("warnings").texts(answer.warnings);
}

void write_answer(JsonText& json, const Answer& answer) {
  json.open('{').field("schema", "sensorium.answer/1");
  write_answer_fields(json, answer);
  json.close('}');
}

void write_words(JsonText& json, const Comparison& comparison) {
  json.key("similarities")
      .texts(comparison.similarities)
      .key("differences")
      .texts(comparison.differences)
      .key("recommendation");
  if (comparison.recommendation) json.text(*comparison.recommendation);
  else json.null();
}

void write_measured(JsonText& json, const Measured& m) {
  json.open('{').key("equal").boolean(m.equal).key("ssim").number(m.ssim).key("changed").number(m.changed);
  json.field("phash_distance", m.phash_distance).key("regions").open('[');
  for (const auto& r : m.regions)
    json.open('{')
        .field("x", r.x)
        .field("y", r.y)
        .field("width", r.width)
        .field("height", r.height)
        .close('}');
  json.close(']').close('}');
}

void write_comparison(JsonText& json, const Comparison& comparison) {
  json.open('{').field("schema", "sensorium.comparison/1");
  write_answer_fields(json, comparison.answer);
  write_words(json, comparison);
  json.key("measured");
  if (comparison.measured.empty()) json.null();
  else write_measured(json, comparison.measured.front());
  if (comparison.measured.size() > 1) {
    json.key("measured_more").open('[');
    for (std::size_t i = 1; i < comparison.measured.size(); ++i) write_measured(json, comparison.measured[i]);
    json.close(']');
  }
  json.close('}');
}

void write_optional(JsonText& json, std::string_view text) {
  if (text.empty()) json.null();
  else json.text(text);
}

void write_error(JsonText& json, const Error& error, std::string_view request_id) {
  const CodeFacts& code = facts(error.code);
  json.open('{').field("message", error.message).field("type", code.type).key("param");
  write_optional(json, error.param);
  json.field("code", code.name).key("hint");
  write_optional(json, error.hint);
  json.key("request_id");
  write_optional(json, request_id);
  json.close('}');
}

std::string one_field(std::string_view name, std::string_view text) {
  std::string out;
  out.reserve(name.size() + text.size() + 8);
  out.append("{\"").append(name).append("\":");
  append_quoted(out, text);
  return out += '}';
}

}  // namespace

std::string answer_json(const Answer& answer) {
  JsonText json(answer.result.size() + answer_overhead);
  write_answer(json, answer);
  return std::move(json).take();
}

std::string comparison_json(const Comparison& comparison) {
  JsonText json(answer_overhead * 2);
  write_comparison(json, comparison);
  return std::move(json).take();
}

std::string comparison_line(std::string_view input, const Result<Comparison>& outcome) {
  return item_of<Comparison>(
      input, outcome, outcome ? outcome->answer.cost_usd : std::nullopt, write_comparison,
      [](JsonText& json, const Comparison& comparison) { write_usage(json, comparison.answer.usage); });
}

std::string plan_json(const Plan& plan) {
  JsonText json(answer_overhead);
  json.open('{')
      .field("schema", "sensorium.plan/1")
      .field("verb", plan.verb)
      .field("model", plan.model)
      .key("pictures");
  write_pictures(json, plan.pictures);
  json.field("frames", 0)
      .field("audio_seconds", 0)
      .field("calls", plan.calls)
      .field("input_tokens", plan.input_tokens)
      .field("output_tokens_max", plan.output_tokens_max);
  end_plan(json, plan.cost_usd, plan.warnings);
  return std::move(json).take();
}

void end_plan(JsonText& json, const std::optional<std::pair<double, double>>& cost_usd,
              const std::vector<std::string>& warnings) {
  json.key("cost_usd");
  if (cost_usd)
    json.open('{').key("low").number(cost_usd->first).key("high").number(cost_usd->second).close('}');
  else json.null();
  json.key("seconds").null().key("warnings").texts(warnings).close('}');
}

std::string error_object(const Error& error, std::string_view request_id) {
  JsonText json;
  write_error(json, error, request_id);
  return std::move(json).take();
}

std::string error_json(const Error& error, std::string_view request_id) {
  JsonText json(384);
  json.open('{').key("error");
  write_error(json, error, request_id);
  json.close('}');
  return std::move(json).take();
}

std::string begin_line(std::string_view verb, std::string_view model) {
  JsonText json;
  json.open('{').field("type", "begin").field("verb", verb).field("model", model).close('}');
  return std::move(json).take();
}

std::string delta_line(std::string_view text) {
  JsonText json(text.size() + 40);
  json.open('{').field("type", "delta").field("text", text).close('}');
  return std::move(json).take();
}

std::string item_line(std::string_view input, const Result<Answer>& outcome) {
  return item_of<Answer>(input, outcome, outcome ? outcome->cost_usd : std::nullopt, write_answer,
                         [](JsonText& json, const Answer& answer) { write_usage(json, answer.usage); });
}

std::string summary_line(const Summary& summary) {
  JsonText json;
  json.open('{')
      .field("type", "summary")
      .field("verb", summary.verb)
      .field("ok", summary.ok)
      .field("failed", summary.failed)
      .field("skipped", summary.skipped)
      .key("usage");
  write_usage(json, summary.usage);
  json.key("cost_usd").number(summary.cost_usd).rounded("elapsed_s", summary.elapsed_s);
  json.field("exit_code", summary.exit_code).close('}');
  return std::move(json).take();
}

std::string content_json(std::string_view text) { return one_field("content", text); }
std::string stage_json(std::string_view stage) { return one_field("stage", stage); }

std::string seam_json(const SeamReport& seam) {
  JsonText json;
  json.open('{').field("from", seam.from).field("to", seam.to).field("reason", seam.reason);
  json.field("void_characters", seam.characters).close('}');
  return std::move(json).take();
}

std::string stream_error_json(const Error& error, std::string_view request_id, std::int64_t characters) {
  JsonText json(384);
  json.open('{').key("error");
  write_error(json, error, request_id);
  json.key("delivered").open('{').field("characters", characters).close('}').close('}');
  return std::move(json).take();
}

}  // namespace sensorium::service
