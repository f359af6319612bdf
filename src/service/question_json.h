// JSON of questions, answers, plans and errors: the bodies of HTTP and the lines of --json.
#pragma once

#include <string>
#include <string_view>

#include "service/comparison.h"
#include "service/question.h"

namespace sensorium::service {

class JsonText;

/// Body of POST /v1/analyze/image. Errors: invalid_request with `param` for every wrong field,
/// fetch_refused for URLs that are never fetched, not_built_in for fields of the contract that this version
/// cannot serve.
Result<Question> parse_question(std::string_view body);

/// Body of POST /v1/compare: as above, with at least two pictures, `only`, `tolerance`, and a prompt that may
/// be missing.
Result<Question> parse_comparison(std::string_view body);

/// Body of POST /v1/estimate: {"route": "/v1/analyze/image", "body": {...} or a list of bodies}. One question
/// for each body.
Result<std::vector<Question>> parse_estimate(std::string_view body);

/// One form field of POST /v1/analyze/upload, by the same names. Unknown names go to `ignored`.
Status set_field(Question& question, std::string_view name, std::string_view value);

/// Checks what both share once all fields are in: prompt present, at least one picture.
Status check_question(const Question& question);

/// "512", "adaptive", "adaptive:1024", "" or "true" for the usual. Errors: invalid_request.
Result<TileChoice> tile_choice(std::string_view word);

/// For comparisons: at least two pictures.
Status check_comparison(const Question& question);

std::string comparison_json(const Comparison& comparison);
/// `item` of JSON Lines.
std::string comparison_line(std::string_view input, const Result<Comparison>& outcome);
std::string answer_json(const Answer& answer);
std::string plan_json(const Plan& plan);
/// The end of every plan: cost_usd (low, high), seconds, warnings, and the bracket.
void end_plan(JsonText& json, const std::optional<std::pair<double, double>>& cost_usd,
              const std::vector<std::string>& warnings);

/// {"error":{...}} as on all OpenAI-shaped and own routes.
std::string error_json(const Error& error, std::string_view request_id);
/// The inner object alone, for JSON Lines.
std::string error_object(const Error& error, std::string_view request_id);

/// JSON Lines of the terminal (CONTRACT section 1), without the line end.
std::string begin_line(std::string_view verb, std::string_view model);
std::string delta_line(std::string_view text);
std::string item_line(std::string_view input, const Result<Answer>& outcome);
struct Summary {
  std::string verb;
  int ok = 0, failed = 0, skipped = 0, exit_code = 0;
  UsageReport usage;
  std::optional<double> cost_usd;
  double elapsed_s = 0;
};
std::string summary_line(const Summary& summary);

/// {"content":"..."}: the data of a text event.
std::string content_json(std::string_view text);
/// {"stage":"..."}: the data of a progress event.
std::string stage_json(std::string_view stage);
/// {"from":"openai/x","to":"reader","reason":"upstream_broken_stream","void_characters":120}
std::string seam_json(const SeamReport& seam);
/// error_json() with what had been delivered: "delivered":{"characters":120}
std::string stream_error_json(const Error& error, std::string_view request_id, std::int64_t characters);

}  // namespace sensorium::service
