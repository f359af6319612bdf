// Requests are written by hand (a document tree would copy every picture once more); answers are
// judged by the same rules whether they came streamed or whole.
#include "engine/remote/openai_dialect.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "engine/remote/answer_schema.h"
#include "engine/remote/json_text.h"

namespace sensorium::openai {
namespace {

using upstream::Failure;
using upstream::PixelBounds;

std::string_view role_name(Turn::Role role) noexcept {
  switch (role) {
    case Turn::Role::system:
      return "system";
    case Turn::Role::assistant:
      return "assistant";
    case Turn::Role::user:
      break;
  }
  return "user";
}

void append_bounds(std::string& out, const Quirks& quirks) {
  auto sink = std::back_inserter(out);
  if (quirks.min_pixels > 0) fmt::format_to(sink, R"(,"min_pixels":{})", quirks.min_pixels);
  if (quirks.max_pixels > 0) fmt::format_to(sink, R"(,"max_pixels":{})", quirks.max_pixels);
}

void append_picture(RequestBody& body, const PicturePart& part, const Quirks& quirks) {
  std::string& out = body.text;
  out += R"({"type":"image_url","image_url":{"url":)";
  if (part.picture.mime == media::address_mime) {
    out += text::json_quote(*part.picture.bytes);
  } else {
    out.append("\"data:").append(part.picture.mime).append(";base64,");
    upstream::append_base64(body, part);
    out += '"';
  }
  if (quirks.detail) out += part.detail == media::Detail::low ? R"(,"detail":"low")" : R"(,"detail":"high")";
  out += '}';
  if (quirks.pixel_bounds == PixelBounds::in_part) append_bounds(out, quirks);
  out += "},";
}

void append_turn(RequestBody& body, const Turn& turn, const Quirks& quirks) {
  std::string& out = body.text;
  out += R"({"role":")";
  out += role_name(turn.role);
  out += R"(","content":)";
  if (turn.pictures.empty()) {
    upstream::append_json_string(out, turn.text);
  } else {
    out += '[';
    for (const PicturePart& part : turn.pictures) append_picture(body, part, quirks);
    out += R"({"type":"text","text":)";
    upstream::append_json_string(out, turn.text);
    out += "}]";
  }
  out += '}';
}

void append_qwen_options(std::string& out, const Quirks& quirks) {
  if (quirks.high_resolution) out += R"(,"vl_high_resolution_images":true)";
  if (quirks.pixel_bounds != PixelBounds::in_processor || (quirks.min_pixels == 0 && quirks.max_pixels == 0))
    return;
  const auto opened = out.size();
  append_bounds(out, quirks);
  out.replace(opened, 1, R"(,"mm_processor_kwargs":{)");
  out += '}';
}

/// A schema that the strict form cannot say is sent as it is: a hint to the model, checked by us.
void append_schema(std::string& out, const ChatRequest& request, const Quirks& quirks) {
  if (!request.schema || quirks.schema == SchemaMode::none) return;
  if (quirks.schema == SchemaMode::loose) {
    out += R"(,"response_format":{"type":"json_object"})";
    return;
  }
  const auto strict =
      quirks.strict_schema ? upstream::strict_schema(*request.schema) : std::optional<std::string>();
  out += fmt::format(R"(,"response_format":{{"type":"json_schema","json_schema":{{"name":"{}",)",
                     upstream::schema_name(*request.schema));
  if (strict) out += R"("strict":true,)";
  out += R"("schema":)";
  out += strict ? *strict : request.schema->json;
  out += "}}";
}

/// json_object is refused unless the word stands somewhere in the messages.
bool lacks_the_word(const ChatRequest& request, const Quirks& quirks) {
  if (!request.schema || quirks.schema != SchemaMode::loose) return false;
  return std::ranges::none_of(request.turns,
                              [](const Turn& turn) { return text::lower(turn.text).contains("json"); });
}

void append_options(std::string& out, const ChatRequest& request, const Quirks& quirks) {
  auto sink = std::back_inserter(out);
  if (quirks.limit == TokenLimitField::max_tokens)
    fmt::format_to(sink, R"(,"max_tokens":{})", request.max_tokens);
  if (quirks.limit == TokenLimitField::max_completion_tokens)
    fmt::format_to(sink, R"(,"max_completion_tokens":{})", request.max_tokens);
  if (request.temperature && quirks.temperature)
    fmt::format_to(sink, R"(,"temperature":{})", *request.temperature);
  if (quirks.thinking == Thinking::off_by_field) out += R"(,"enable_thinking":false)";
  if (quirks.thinking == Thinking::off_by_template)
    out += R"(,"chat_template_kwargs":{"enable_thinking":false})";
  append_qwen_options(out, quirks);
  append_schema(out, request, quirks);
  if (!request.stream) return;
  out += R"(,"stream":true)";
  if (quirks.include_usage) out += R"(,"stream_options":{"include_usage":true})";
}

FinishReason finish_reason(std::string_view word) noexcept {
  if (word == "length" || word == "max_tokens") return FinishReason::length;
  if (word == "content_filter") return FinishReason::content_filter;
  if (word == "tool_calls" || word == "function_call") return FinishReason::tool_calls;
  return FinishReason::stop;
}

void take_facts(Completion& completion, const Chunk& chunk) {
  if (completion.model.empty()) completion.model = chunk.model;
  if (chunk.usage) completion.usage = *chunk.usage;
  if (!chunk.finish_reason.empty()) completion.finish_reason = finish_reason(chunk.finish_reason);
}

net::Headers headers(std::string_view key) {
  if (key.empty()) return {};
  return {{"Authorization", fmt::format("Bearer {}", key)}};
}

std::unique_ptr<upstream::AnswerReader> reader(const upstream::Source& source) {
  return std::make_unique<AnswerReader>(source);
}

}  // namespace

RequestBody build_body(const ChatRequest& request, const Quirks& quirks) {
  RequestBody body;
  std::string& out = body.text;
  out.reserve(upstream::size_bound(request));
  out += R"({"model":)";
  upstream::append_json_string(out, request.model);
  out += R"(,"messages":[)";
  if (lacks_the_word(request, quirks)) out += R"({"role":"system","content":"Answer in JSON."},)";
  for (const Turn& turn : request.turns) {
    append_turn(body, turn, quirks);
    out += ',';
  }
  if (out.back() == ',') out.pop_back();
  out += ']';
  append_options(out, request, quirks);
  out += '}';
  return body;
}

std::string build_request(const ChatRequest& request, const Quirks& quirks) {
  return build_body(request, quirks).joined();
}

Status AnswerReader::take(const net::SseEvent& event) {
  if (text::trim(event.data) == "[DONE]") {
    done_ = true;
    return {};
  }
  Chunk chunk;
  if (!parser_) parser_.emplace();
  const bool understood = parser_->parse(event.data, chunk);
  if (event.event == "error" || chunk.error) return upstream::stream_error(source_, event.data);
  if (!understood) {
    ++skipped_;
    return {};
  }
  take_facts(completion_, chunk);
  if (!chunk.finish_reason.empty()) finished_ = true;
  SN_TRY(refuse(chunk.refusal));
  return say(chunk.content);
}

Result<Completion> read_answer(const upstream::Source& source, std::string_view body) {
  ChunkParser parser;
  Chunk chunk;
  if (!parser.parse(body, chunk)) return upstream::not_json(source, body);
  if (chunk.error) return upstream::stream_error(source, body);
  if (!chunk.has_choice) return upstream::make_error(source, Failure::bad_response, "it has no choices");
  Completion completion;
  take_facts(completion, chunk);
  upstream::ThinkFilter filter;
  filter.pass(chunk.content, completion.text);
  filter.end(completion.text);
  return upstream::judged(source, std::move(completion), chunk.refusal);
}

const upstream::Dialect dialect{
    .build = build_body, .headers = headers, .reader = reader, .read = read_answer};

}  // namespace sensorium::openai
