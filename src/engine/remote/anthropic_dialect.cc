// Requests are written by hand, as in the OpenAI dialect: a document tree would copy every picture.
#include "engine/remote/anthropic_dialect.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "engine/remote/answer_schema.h"
#include "engine/remote/json_text.h"

namespace sensorium::anthropic {
namespace {

using upstream::Failure;
using upstream::Quirks;
using upstream::RequestBody;
using upstream::SchemaMode;

/// Newer versions refuse sampling fields even at their defaults; this one is valid for all models.
constexpr std::string_view version = "2023-06-01";

void append_picture(RequestBody& body, const PicturePart& part) {
  std::string& out = body.text;
  out += R"({"type":"image","source":{"type":"base64","media_type":")";
  out += part.picture.mime;
  out += R"(","data":")";
  upstream::append_base64(body, part);
  out += R"("}},)";
}

void append_turn(RequestBody& body, const Turn& turn) {
  std::string& out = body.text;
  out += turn.role == Turn::Role::assistant ? R"({"role":"assistant","content":)"
                                            : R"({"role":"user","content":)";
  if (turn.pictures.empty()) {
    upstream::append_json_string(out, turn.text);
  } else {
    out += '[';
    for (const PicturePart& part : turn.pictures) append_picture(body, part);
    if (turn.text.empty()) out.pop_back();  // an empty text block is refused
    else {
      out += R"({"type":"text","text":)";
      upstream::append_json_string(out, turn.text);
      out += '}';
    }
    out += ']';
  }
  out += '}';
}

std::string system_prompt(const ChatRequest& request) {
  std::string all;
  for (const Turn& turn : request.turns)
    if (turn.role == Turn::Role::system) all.append(all.empty() ? "" : "\n\n").append(turn.text);
  return all;
}

/// A schema that the output format cannot hold becomes the input of a tool that must be called.
void append_schema(std::string& out, const ChatRequest& request, const Quirks& quirks) {
  if (!request.schema || quirks.schema == SchemaMode::none) return;
  const auto bounded = upstream::bounded_schema(*request.schema);
  if (quirks.schema == SchemaMode::native && bounded) {
    out += fmt::format(R"(,"output_config":{{"format":{{"type":"json_schema","schema":{}}}}})", *bounded);
    return;
  }
  const std::string name = upstream::schema_name(*request.schema);
  out += fmt::format(R"(,"tools":[{{"name":"{0}","description":"Gives the answer.","input_schema":{1}}}],)"
                     R"("tool_choice":{{"type":"tool","name":"{0}"}})",
                     name, request.schema->json);
}

net::Headers headers(std::string_view key) {
  net::Headers out{{"anthropic-version", std::string(version)}};
  if (!key.empty()) out.emplace_back("x-api-key", std::string(key));
  return out;
}

std::unique_ptr<upstream::AnswerReader> reader(const upstream::Source& source) {
  return std::make_unique<AnswerReader>(source);
}

FinishReason finish_reason(std::string_view word) noexcept {
  if (word == "max_tokens" || word == "model_context_window_exceeded") return FinishReason::length;
  if (word == "refusal") return FinishReason::content_filter;
  return FinishReason::stop;
}

void take_facts(Completion& completion, const Event& event) {
  if (!event.model.empty()) completion.model = event.model;
  if (!event.stop_reason.empty()) completion.finish_reason = finish_reason(event.stop_reason);
  if (!event.usage) return;
  Usage usage = *event.usage;
  // The last event tells the output only, at older servers.
  if (usage.input_tokens == 0) {
    usage.input_tokens = completion.usage.input_tokens;
    usage.cached_tokens = completion.usage.cached_tokens;
  }
  completion.usage = usage;
}

}  // namespace

RequestBody build_body(const ChatRequest& request, const Quirks& quirks) {
  RequestBody body;
  std::string& out = body.text;
  out.reserve(upstream::size_bound(request));
  out += R"({"model":)";
  upstream::append_json_string(out, request.model);
  fmt::format_to(std::back_inserter(out), R"(,"max_tokens":{})", request.max_tokens);
  if (const std::string system = system_prompt(request); !system.empty()) {
    out += R"(,"system":)";
    upstream::append_json_string(out, system);
  }
  out += R"(,"messages":[)";
  for (const Turn& turn : request.turns) {
    if (turn.role == Turn::Role::system) continue;
    append_turn(body, turn);
    out += ',';
  }
  if (out.back() == ',') out.pop_back();
  out += ']';
  if (request.temperature && quirks.temperature)
    fmt::format_to(std::back_inserter(out), R"(,"temperature":{})", *request.temperature);
  append_schema(out, request, quirks);
  if (request.stream) out += R"(,"stream":true)";
  out += '}';
  return body;
}

Status AnswerReader::take(const net::SseEvent& event) {
  auto said = read_event(event.data);
  if (!said) {
    if (event.event == "error") return upstream::stream_error(source_, event.data);
    ++skipped_;
    return {};
  }
  if (said->kind == Event::Kind::error || event.event == "error")
    return upstream::stream_error(source_, event.data);
  take_facts(completion_, *said);
  if (said->kind == Event::Kind::stopped) done_ = true;
  if (said->kind == Event::Kind::finished) finished_ = true;
  SN_TRY(refuse(said->refusal));
  return say(said->text);
}

Result<Completion> read_answer(const upstream::Source& source, std::string_view body) {
  const auto said = read_message(body);
  if (!said) return upstream::not_json(source, body);
  if (said->kind == Event::Kind::error) return upstream::stream_error(source, body);
  if (said->kind != Event::Kind::finished)
    return upstream::make_error(source, Failure::bad_response, "it is not a message");
  Completion completion;
  take_facts(completion, *said);
  completion.text = said->text;
  return upstream::judged(source, std::move(completion), said->refusal);
}

const upstream::Dialect dialect{
    .build = build_body, .headers = headers, .reader = reader, .read = read_answer};

}  // namespace sensorium::anthropic
