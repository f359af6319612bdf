// The dialect as bytes: requests against the published shape, answers under every cutting.
#include "engine/remote/anthropic_dialect.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/fake/acting_upstream.h"

namespace sensorium::anthropic {
namespace {

using fake::claude_event;
using testing::HasSubstr;
using testing::Not;

const upstream::Source source{.provider = "anthropic",
                              .model = "claude-x",
                              .key_variable = "ANTHROPIC_API_KEY",
                              .secret = "sk-ant-topsecret123",
                              .family = upstream::ErrorFamily::anthropic};

PicturePart picture(std::string bytes, std::string_view mime) {
  PicturePart part;
  part.picture.bytes = std::make_shared<const std::string>(std::move(bytes));
  part.picture.mime = mime;
  part.picture.size = {4, 3};
  return part;
}

ChatRequest question(std::string text) {
  ChatRequest request;
  request.model = "claude-x";
  request.turns.push_back({Turn::Role::user, std::move(text), {}});
  request.max_tokens = 50;
  return request;
}

std::string built(const ChatRequest& request, const upstream::Quirks& quirks = {}) {
  return build_body(request, quirks).joined();
}

TEST(AnthropicRequest, has_the_limit_the_system_prompt_and_pictures_before_the_text) {
  auto request = question("What?");
  request.turns.insert(request.turns.begin(), {Turn::Role::system, "Be brief.", {}});
  request.turns[1].pictures = {picture("abc", "image/png"), picture("defg", "image/jpeg")};
  request.turns.push_back({Turn::Role::assistant, "A cat.", {}});
  EXPECT_EQ(
      built(request),
      R"({"model":"claude-x","max_tokens":50,"system":"Be brief.","messages":[{"role":"user","content":[)"
      R"({"type":"image","source":{"type":"base64","media_type":"image/png","data":"YWJj"}},)"
      R"({"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"ZGVmZw=="}},)"
      R"({"type":"text","text":"What?"}]},{"role":"assistant","content":"A cat."}]})");
}

TEST(AnthropicRequest, leaves_out_what_is_refused) {
  auto request = question("Hi");
  request.stream = true;
  request.temperature = 0.5;
  EXPECT_THAT(built(request, {.temperature = false}), Not(HasSubstr("temperature")));
  EXPECT_THAT(built(request), HasSubstr(R"("temperature":0.5,"stream":true})"));
  EXPECT_THAT(built(request), Not(HasSubstr("stream_options")));
  request.turns[0] = {Turn::Role::user, "", {picture("abc", "image/png")}};
  EXPECT_THAT(built(request), Not(HasSubstr(R"("type":"text")"))) << "an empty text block is refused";
}

TEST(AnthropicRequest, asks_for_a_schema_by_output_format_else_by_a_tool) {
  auto request = question("How much?");
  request.schema = AnswerSchema{
      R"({"type":"object","properties":{"n":{"type":"integer","minimum":1}},"required":["n"]})", "reading"};
  EXPECT_THAT(
      built(request),
      HasSubstr(
          R"("output_config":{"format":{"type":"json_schema","schema":{"type":"object","properties":{"n":{"type":"integer","description":"minimum: 1"}},"required":["n"],"additionalProperties":false}}}})"));
  const std::string by_tool = built(request, {.schema = upstream::SchemaMode::loose});
  EXPECT_THAT(by_tool, HasSubstr(R"("tool_choice":{"type":"tool","name":"reading"})"));
  EXPECT_THAT(by_tool, HasSubstr(R"("minimum":1)")) << "tools take any schema";
  request.schema->json = R"({"type":"object","properties":{"sub":{"$ref":"#"}}})";
  EXPECT_THAT(built(request), HasSubstr("tool_choice")) << "recursion is beyond the output format";
  EXPECT_THAT(built(request, {.schema = upstream::SchemaMode::none}), Not(HasSubstr("schema")));
}

TEST(AnthropicRequest, carries_version_and_key_in_its_headers) {
  const auto headers = dialect.headers("sk-ant-1");
  EXPECT_EQ(net::find_header(headers, "anthropic-version"), "2023-06-01");
  EXPECT_EQ(net::find_header(headers, "x-api-key"), "sk-ant-1");
  EXPECT_EQ(net::find_header(headers, "authorization"), "");
  EXPECT_EQ(net::find_header(dialect.headers(""), "x-api-key"), "");
}

struct Streamed {
  std::string text;
  std::optional<Error> error;
  Completion completion;
};

Streamed read_stream(std::string_view stream, std::size_t piece) {
  const auto reader = dialect.reader(source);
  Streamed out;
  const auto take = [&] {
    while (!out.error) {
      auto text = reader->next();
      if (!text) out.error = std::move(text).error();
      else if (text->empty()) return;
      else out.text += *text;
    }
  };
  for (std::size_t at = 0; at < stream.size() && !out.error; at += piece) {
    if (auto fed = reader->feed(stream.substr(at, piece)); !fed) out.error = std::move(fed).error();
    take();
  }
  reader->end();
  take();
  if (out.error) return out;
  auto completion = reader->finish();
  if (completion) out.completion = std::move(*completion);
  else out.error = std::move(completion).error();
  return out;
}

/// The same outcome for every size of pieces.
Streamed read_in_all_cuts(std::string_view stream) {
  const Streamed whole = read_stream(stream, stream.size());
  for (std::size_t piece = 1; piece < stream.size(); ++piece) {
    const Streamed cut = read_stream(stream, piece);
    EXPECT_EQ(cut.text, whole.text) << piece;
    EXPECT_EQ(cut.error.has_value(), whole.error.has_value()) << piece;
  }
  return whole;
}

std::string start_event() {
  return claude_event(
      "message_start",
      R"(,"message":{"model":"claude-x-1","content":[],"usage":{"input_tokens":10,)"
      R"("cache_creation_input_tokens":100,"cache_read_input_tokens":1000,"output_tokens":1}})");
}
std::string delta(std::string_view text) {
  return claude_event("content_block_delta",
                      fmt::format(R"(,"index":0,"delta":{{"type":"text_delta","text":"{}"}})", text));
}
std::string stop_with(std::string_view members) {
  return claude_event("message_delta",
                      fmt::format(R"(,"delta":{{{}}},"usage":{{"output_tokens":9}})", members));
}

TEST(AnthropicStream, gives_text_usage_with_cache_and_reason) {
  const auto out = read_in_all_cuts(
      start_event() + claude_event("ping", "") + delta("A ") +
      claude_event("content_block_delta", R"(,"index":1,"delta":{"type":"thinking_delta","thinking":"hm"})") +
      claude_event("something_new", R"(,"x":1)") + delta("cat.") + stop_with(R"("stop_reason":"end_turn")") +
      claude_event("message_stop", ""));
  ASSERT_FALSE(out.error) << out.error->message;
  EXPECT_EQ(out.text, "A cat.");
  EXPECT_EQ(out.completion.text, "A cat.");
  EXPECT_EQ(out.completion.model, "claude-x-1");
  EXPECT_EQ(out.completion.finish_reason, FinishReason::stop);
  EXPECT_EQ(out.completion.usage.input_tokens, 1110) << "what is cached is input too";
  EXPECT_EQ(out.completion.usage.cached_tokens, 1000);
  EXPECT_EQ(out.completion.usage.output_tokens, 9);
  EXPECT_TRUE(out.completion.usage.from_provider);
}

TEST(AnthropicStream, gives_the_input_of_a_tool_as_the_answer) {
  const auto piece = [](std::string_view json) {
    return claude_event(
        "content_block_delta",
        fmt::format(R"(,"index":0,"delta":{{"type":"input_json_delta","partial_json":"{}"}})", json));
  };
  const auto out =
      read_in_all_cuts(start_event() + piece("{\\\"n\\\"") + piece(":4}") +
                       stop_with(R"("stop_reason":"tool_use")") + claude_event("message_stop", ""));
  ASSERT_FALSE(out.error);
  EXPECT_EQ(out.text, R"({"n":4})");
}

TEST(AnthropicStream, tells_an_error_in_its_middle_after_the_text_before_it) {
  const auto out = read_in_all_cuts(
      start_event() + delta("A ") +
      claude_event("error", R"(,"error":{"type":"overloaded_error","message":"Overloaded"})"));
  ASSERT_TRUE(out.error);
  EXPECT_EQ(out.text, "A ");
  EXPECT_EQ(out.error->code, Code::upstream_overloaded);
}

TEST(AnthropicStream, is_broken_when_it_ends_too_early) {
  const auto out = read_in_all_cuts(start_event() + delta("A "));
  ASSERT_TRUE(out.error);
  EXPECT_EQ(out.error->code, Code::upstream_broken_stream);
  EXPECT_EQ(read_stream("", 1).error->code, Code::upstream_broken_stream);
}

TEST(AnthropicStream, skips_lines_that_are_not_json_and_says_so) {
  const auto out =
      read_in_all_cuts(start_event() + "data: {\"type\":\"content_blo\n\n" + delta("cat") + "data: [1]\n\n" +
                       stop_with(R"("stop_reason":"max_tokens")") + claude_event("message_stop", ""));
  ASSERT_FALSE(out.error);
  EXPECT_EQ(out.text, "cat");
  EXPECT_EQ(out.completion.finish_reason, FinishReason::length);
  ASSERT_EQ(out.completion.warnings.size(), 1U);
  EXPECT_THAT(out.completion.warnings[0], HasSubstr("2 events"));
}

TEST(AnthropicStream, tells_a_refusal) {
  const auto out = read_in_all_cuts(
      start_event() +
      stop_with(R"("stop_reason":"refusal","stop_details":{"type":"refusal","explanation":"not this"})") +
      claude_event("message_stop", ""));
  ASSERT_TRUE(out.error);
  EXPECT_EQ(out.error->code, Code::content_filtered);
  EXPECT_THAT(out.error->message, HasSubstr("not this"));
}

TEST(AnthropicAnswer, is_read_whole) {
  const auto answer = read_answer(
      source, R"({"type":"message","model":"m","content":[{"type":"thinking","thinking":"hm"},)"
              R"({"type":"text","text":"A "},{"type":"text","text":"cat."}],"stop_reason":"end_turn",)"
              R"("usage":{"input_tokens":10,"cache_read_input_tokens":4,"output_tokens":5}})");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->text, "A cat.");
  EXPECT_EQ(answer->usage.input_tokens, 14);
  EXPECT_EQ(answer->usage.cached_tokens, 4);
  const auto tool = read_answer(
      source,
      R"({"content":[{"type":"tool_use","id":"t","name":"answer","input":{"n":4}}],"stop_reason":"tool_use"})");
  ASSERT_TRUE(tool);
  EXPECT_EQ(tool->text, R"({"n":4})");
}

TEST(AnthropicAnswer, is_refused_when_it_is_none) {
  const auto code = [](std::string_view body) {
    const auto answer = read_answer(source, body);
    EXPECT_FALSE(answer) << body;
    return answer ? Code::internal : answer.error().code;
  };
  EXPECT_EQ(code("<html>"), Code::upstream_protocol);
  EXPECT_EQ(code(""), Code::upstream_protocol);
  EXPECT_EQ(code("[]"), Code::upstream_protocol);
  EXPECT_EQ(code("{}"), Code::upstream_protocol);
  EXPECT_EQ(code(R"({"content":"text"})"), Code::upstream_protocol);
  EXPECT_EQ(code(R"({"content":[],"stop_reason":"end_turn"})"), Code::upstream_protocol);
  EXPECT_EQ(code(R"({"content":[],"stop_reason":"max_tokens"})"), Code::model_limit);
  EXPECT_EQ(code(R"({"content":[{"type":"text","text":7}],"stop_reason":"refusal"})"),
            Code::content_filtered);
  EXPECT_EQ(code(R"({"type":"error","error":{"type":"overloaded_error","message":"x"}})"),
            Code::upstream_overloaded);
}

Error error_of(int status, std::string_view body, const net::Headers& headers = {}) {
  return upstream::make_error(source, status, headers, upstream::read_error_body(body));
}
Code code_of(int status, std::string_view type, const net::Headers& headers = {},
             std::string_view message = "x") {
  return error_of(status,
                  fmt::format(R"({{"type":"error","error":{{"type":"{}","message":"{}"}},"request_id":"r"}})",
                              type, message),
                  headers)
      .code;
}

TEST(AnthropicErrors, mean_what_the_documentation_says) {
  const net::Headers wait{{"retry-after", "7"}};
  EXPECT_EQ(code_of(400, "invalid_request_error"), Code::invalid_request);
  EXPECT_EQ(code_of(401, "authentication_error"), Code::upstream_auth);
  EXPECT_EQ(code_of(402, "billing_error"), Code::upstream_quota);
  EXPECT_EQ(code_of(403, "permission_error"), Code::upstream_auth);
  EXPECT_EQ(code_of(404, "not_found_error"), Code::unknown_model);
  EXPECT_EQ(code_of(409, "conflict_error"), Code::upstream_overloaded);
  EXPECT_EQ(code_of(413, "request_too_large"), Code::model_limit);
  EXPECT_EQ(code_of(429, "rate_limit_error", wait), Code::upstream_rate_limited);
  EXPECT_EQ(code_of(429, "rate_limit_error"), Code::upstream_quota) << "without a wait it is money";
  EXPECT_EQ(code_of(500, "api_error"), Code::upstream_unavailable);
  EXPECT_EQ(code_of(504, "timeout_error"), Code::upstream_timeout);
  EXPECT_EQ(code_of(529, "overloaded_error"), Code::upstream_overloaded);
  EXPECT_EQ(code_of(529, ""), Code::upstream_overloaded);
  EXPECT_EQ(code_of(400, "invalid_request_error", {}, "prompt is too long: 300000 tokens"),
            Code::model_limit);
  EXPECT_EQ(code_of(400, "invalid_request_error", {}, "You have reached your specified API usage limits"),
            Code::upstream_quota);
  EXPECT_EQ(code_of(400, "invalid_request_error", {}, "messages.0: image exceeds 5 MB maximum"),
            Code::model_limit);
  EXPECT_EQ(code_of(400, "invalid_request_error", {}, "Could not process image"), Code::invalid_request);
}

TEST(AnthropicErrors, keep_wait_and_request_id_and_read_the_code_in_the_details) {
  const auto limited = error_of(429, R"({"type":"error","error":{"type":"rate_limit_error","message":"x"}})",
                                {{"retry-after", "7"}, {"request-id", "req_011"}});
  EXPECT_EQ(limited.retry_after, Milliseconds(7000));
  EXPECT_THAT(limited.notes, testing::Contains(HasSubstr("req_011")));
  EXPECT_EQ(error_of(429,
                     R"({"error":{"type":"rate_limit_error","message":"x","details":{"error_code":)"
                     R"("enforced_spend_limit_reached"}}})",
                     {{"retry-after", "7"}})
                .code,
            Code::upstream_quota);
}

}  // namespace
}  // namespace sensorium::anthropic
