// Requests are written by hand (a document tree would copy every picture once more); answers are
// judged by the same rules whether they came streamed or whole.
#include "engine/remote/openai_dialect.h"

#include <fmt/format.h>

#include <array>
#include <iterator>

#include "base/base64.h"
#include "base/text.h"
#include "engine/remote/json_text.h"

namespace sensorium::openai {
namespace {

using upstream::Failure;

constexpr std::size_t longest_answer = 16UL << 20;

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

// Below this, one write of one buffer is quicker than a window of its own.
constexpr std::size_t large_picture = 256UL << 10;
bool is_large(const PicturePart& part) { return part.picture.bytes->size() > large_picture; }

std::size_t size_bound(const ChatRequest& request) {
  constexpr std::size_t frame = 512, per_turn = 64, per_picture = 128;
  std::size_t size = frame + request.model.size();
  for (const Turn& turn : request.turns) {
    size += per_turn + turn.text.size() + turn.text.size() / 8;
    for (const PicturePart& part : turn.pictures)
      size += per_picture + (is_large(part) ? 0 : base64_size(part.picture.bytes->size()));
  }
  return size;
}

void append_picture(RequestBody& body, const PicturePart& part, const Quirks& quirks) {
  std::string& out = body.text;
  out += R"({"type":"image_url","image_url":{"url":"data:)";
  out += part.picture.mime;
  out += ";base64,";
  if (is_large(part)) body.large.push_back({out.size(), *part.picture.bytes});
  else base64_append(out, *part.picture.bytes);
  out += '"';
  if (quirks.detail) out += part.detail == media::Detail::low ? R"(,"detail":"low")" : R"(,"detail":"high")";
  out += "}},";
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

/// An answer that is formally whole is still a failure when it says nothing.
Result<Completion> judged(const upstream::Source& source, Completion completion, std::string_view refusal) {
  if (!completion.text.empty()) return completion;
  if (!refusal.empty()) return upstream::make_error(source, Failure::content_filter, refusal);
  switch (completion.finish_reason) {
    case FinishReason::content_filter:
      return upstream::make_error(source, Failure::content_filter);
    case FinishReason::length:
      return Error(Code::model_limit,
                   fmt::format("{}/{} used up its output tokens before it said anything", source.provider,
                               source.model),
                   "Raise --max-tokens: models that think first need room for it");
    default:
      return upstream::make_error(source, Failure::bad_response, "the answer is empty");
  }
}

Error stream_error(const upstream::Source& source, std::string_view data) {
  return upstream::make_error(source, 200, {}, upstream::read_error_body(data));
}

}  // namespace

RequestBody build_body(const ChatRequest& request, const Quirks& quirks) {
  RequestBody body;
  std::string& out = body.text;
  out.reserve(size_bound(request));
  out += R"({"model":)";
  upstream::append_json_string(out, request.model);
  out += R"(,"messages":[)";
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

std::vector<net::BodyPiece> RequestBody::pieces() const {
  const std::string_view whole = text;
  std::vector<net::BodyPiece> out;
  std::size_t done = 0;
  for (const auto& picture : large) {
    out.emplace_back(whole.substr(done, picture.at - done));
    out.emplace_back(picture.bytes, net::BodyPiece::Form::base64);
    done = picture.at;
  }
  out.emplace_back(whole.substr(done));
  return out;
}

std::string build_request(const ChatRequest& request, const Quirks& quirks) {
  const RequestBody body = build_body(request, quirks);
  std::string out;
  std::size_t size = body.text.size();
  for (const auto& picture : body.large) size += base64_size(picture.bytes.size());
  out.reserve(size);
  for (const auto& piece : body.pieces()) {
    if (piece.form == net::BodyPiece::Form::base64) base64_append(out, piece.bytes);
    else out += piece.bytes;
  }
  return out;
}

Status AnswerReader::feed(std::string_view piece) { return events_.feed(piece); }

bool AnswerReader::take_event() {
  if (done_ || error_) return false;
  return events_.next(event_) || (ended_ && events_.finish(event_));
}

Result<std::string_view> AnswerReader::next() {
  ChunkParser parser;  // with an arena of 4 KiB: too much to keep for each open stream
  while (take_event())
    if (auto taken = take(parser, event_); !taken) error_ = std::move(taken).error();
  const std::string_view text = std::string_view(completion_.text).substr(given_);
  given_ = completion_.text.size();
  if (text.empty() && error_) return *error_;
  return text;
}

Status AnswerReader::take(ChunkParser& parser, const net::SseEvent& event) {
  if (text::trim(event.data) == "[DONE]") {
    done_ = true;
    return {};
  }
  Chunk chunk;
  const bool understood = parser.parse(event.data, chunk);
  if (event.event == "error" || chunk.error) return stream_error(source_, event.data);
  if (!understood) {
    ++skipped_;
    return {};
  }
  take_facts(completion_, chunk);
  if (!chunk.finish_reason.empty()) finished_ = true;
  refusal_ += chunk.refusal;
  completion_.text += chunk.content;
  if (completion_.text.size() + refusal_.size() > longest_answer)
    return upstream::make_error(source_, Failure::bad_response, "it is far too long");
  return {};
}

Result<Completion> AnswerReader::finish() {
  if (!done_ && !finished_)
    return upstream::make_error(source_, Failure::broken_stream,
                                "it ended without saying that it was complete");
  completion_.lossy = skipped_ > 0;
  if (skipped_ > 0)
    completion_.warnings.push_back(
        skipped_ == 1 ? std::string("One event of the stream was not JSON and was skipped")
                      : fmt::format("{} events of the stream were not JSON and were skipped", skipped_));
  return judged(source_, std::move(completion_), refusal_);
}

Result<Completion> read_answer(const upstream::Source& source, std::string_view body) {
  ChunkParser parser;
  Chunk chunk;
  if (!parser.parse(body, chunk)) {
    const bool markup = text::trim(body).starts_with('<');
    return upstream::make_error(source, Failure::bad_response,
                                markup ? "a web page instead of JSON" : "it is not JSON");
  }
  if (chunk.error) return stream_error(source, body);
  if (!chunk.has_choice) return upstream::make_error(source, Failure::bad_response, "it has no choices");
  Completion completion;
  take_facts(completion, chunk);
  completion.text = chunk.content;
  return judged(source, std::move(completion), chunk.refusal);
}

}  // namespace sensorium::openai
