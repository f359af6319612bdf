// The dialect as bytes: requests against what servers want to see, answers under every cutting.
#include "engine/remote/openai_dialect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"

namespace sensorium::openai {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const upstream::Source source{
    .provider = "acme", .model = "m-1", .key_variable = "ACME_KEY", .secret = "sk-topsecret123"};

PicturePart picture(std::string bytes, std::string_view mime, media::Detail detail) {
  PicturePart part;
  part.picture.bytes = std::make_shared<const std::string>(std::move(bytes));
  part.picture.mime = mime;
  part.picture.size = {4, 3};
  part.detail = detail;
  return part;
}

ChatRequest question(std::string text) {
  ChatRequest request;
  request.model = "m-1";
  request.turns.push_back({Turn::Role::user, std::move(text), {}});
  request.max_tokens = 50;
  return request;
}

TEST(BuildRequest, writes_turns_limit_and_nothing_that_was_not_asked_for) {
  auto request = question("Hi");
  request.turns.insert(request.turns.begin(), {Turn::Role::system, "Be brief.", {}});
  request.turns.push_back({Turn::Role::assistant, "Hello", {}});
  EXPECT_EQ(
      build_request(request, {}),
      R"({"model":"m-1","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"},)"
      R"({"role":"assistant","content":"Hello"}],"max_tokens":50})");
}

TEST(BuildRequest, puts_pictures_before_the_text_with_an_explicit_detail) {
  auto request = question("What?");
  request.turns[0].pictures = {picture("abc", "image/png", media::Detail::low),
                               picture("defg", "image/jpeg", media::Detail::automatic)};
  EXPECT_EQ(build_request(request, {}),
            R"({"model":"m-1","messages":[{"role":"user","content":[)"
            R"({"type":"image_url","image_url":{"url":"data:image/png;base64,YWJj","detail":"low"}},)"
            R"({"type":"image_url","image_url":{"url":"data:image/jpeg;base64,ZGVmZw==","detail":"high"}},)"
            R"({"type":"text","text":"What?"}]}],"max_tokens":50})");
}

TEST(BuildRequest, passes_addresses_on) {
  auto request = question("What?");
  request.turns[0].pictures = {picture("https://a.test/\"x\"?k=1", media::address_mime, media::Detail::low)};
  EXPECT_THAT(build_request(request, {}),
              HasSubstr(R"("image_url":{"url":"https://a.test/\"x\"?k=1","detail":"low"}})"));
}

TEST(BuildRequest, follows_the_quirks) {
  auto request = question("Hi");
  request.stream = true;
  request.temperature = 0.25;
  const Quirks openai{.limit = TokenLimitField::max_completion_tokens};
  EXPECT_THAT(
      build_request(request, openai),
      HasSubstr(
          R"("max_completion_tokens":50,"temperature":0.25,"stream":true,"stream_options":{"include_usage":true}})"));
  const Quirks plain{.limit = TokenLimitField::none, .include_usage = false, .temperature = false};
  EXPECT_THAT(build_request(request, plain), testing::EndsWith(R"("content":"Hi"}],"stream":true})"));
  EXPECT_THAT(build_request(request, {.thinking = Thinking::off_by_field}),
              HasSubstr(R"("enable_thinking":false)"));
  EXPECT_THAT(build_request(request, {.thinking = Thinking::off_by_template}),
              HasSubstr(R"("chat_template_kwargs":{"enable_thinking":false})"));
}

TEST(BuildRequest, asks_for_a_schema_as_far_as_the_server_goes) {
  auto request = question("How much?");
  request.schema = AnswerSchema{R"({"type":"object","properties":{"n":{"type":"integer"}}})", "reading"};
  EXPECT_THAT(
      build_request(request, {}),
      testing::EndsWith(
          R"("response_format":{"type":"json_schema","json_schema":{"name":"reading","schema":{"type":"object","properties":{"n":{"type":"integer"}}}}}})"));
  EXPECT_THAT(
      build_request(request, {.strict_schema = true}),
      HasSubstr(
          R"("strict":true,"schema":{"type":"object","properties":{"n":{"type":["integer","null"]}},"required":["n"],"additionalProperties":false})"));
  const std::string loose = build_request(request, {.schema = SchemaMode::loose});
  EXPECT_THAT(loose, HasSubstr(R"("response_format":{"type":"json_object"})"));
  EXPECT_THAT(loose, HasSubstr(R"({"role":"system","content":"Answer in JSON."})"));
  request.turns[0].text = "Give json.";
  EXPECT_THAT(build_request(request, {.schema = SchemaMode::loose}), Not(HasSubstr("system")));
  EXPECT_THAT(build_request(request, {.schema = SchemaMode::none}), Not(HasSubstr("response_format")));
  request.schema->json = R"({"type":"array","items":{"type":"string"}})";
  EXPECT_THAT(build_request(request, {.strict_schema = true}), Not(HasSubstr("strict")))
      << "what the strict form cannot say goes as it is";
}

TEST(BuildRequest, says_the_pixel_bounds_where_the_server_reads_them) {
  auto request = question("What?");
  request.turns[0].pictures = {picture("abc", "image/png", media::Detail::high)};
  EXPECT_THAT(build_request(request, {.pixel_bounds = upstream::PixelBounds::in_part,
                                      .high_resolution = true,
                                      .min_pixels = 65536,
                                      .max_pixels = 2621440}),
              AllOf(HasSubstr(R"("detail":"high"},"min_pixels":65536,"max_pixels":2621440},)"),
                    HasSubstr(R"("vl_high_resolution_images":true)")));
  EXPECT_THAT(
      build_request(request, {.pixel_bounds = upstream::PixelBounds::in_processor, .max_pixels = 1000000}),
      HasSubstr(R"(,"mm_processor_kwargs":{"max_pixels":1000000}})"));
  EXPECT_THAT(build_request(request, {.pixel_bounds = upstream::PixelBounds::in_processor}),
              Not(HasSubstr("mm_processor_kwargs")));
  EXPECT_THAT(build_request(request, {.min_pixels = 5}), Not(HasSubstr("pixels")));
}

TEST(BuildRequest, escapes_text_and_repairs_bad_utf8) {
  EXPECT_THAT(build_request(question("a\"b\\c\n\t\x01\xE7\x8C\xAB"), {}),
              HasSubstr("\"content\":\"a\\\"b\\\\c\\n\\t\\u0001\xE7\x8C\xAB\""));
  EXPECT_THAT(build_request(question("x\xFFy"), {}), HasSubstr("\"x\xEF\xBF\xBDy\""));
}

TEST(BuildRequest, encodes_large_pictures_while_they_are_sent) {
  ChatRequest request = question("What?");
  const auto bytes = std::make_shared<const std::string>(1'000'001, 'x');
  request.turns.back().pictures.push_back({{}, {.bytes = bytes, .mime = "image/jpeg"}, media::Detail::high});
  const RequestBody body = build_body(request, {});
  EXPECT_LT(body.text.size(), 1'000U);
  ASSERT_EQ(body.pieces().size(), 3U);
  EXPECT_EQ(body.pieces()[1].bytes.data(), bytes->data());
  EXPECT_THAT(build_request(request, {}), HasSubstr("base64," + base64_encode(*bytes) + "\""));
}

TEST(BuildRequest, allocates_once_for_pictures) {
  auto request = question(std::string(1000, 'q'));
  request.turns[0].pictures.push_back(
      picture(std::string(3'000'000, 'x'), "image/jpeg", media::Detail::high));
  const std::string body = build_request(request, {});
  EXPECT_GT(body.size(), 4'000'000U);
  EXPECT_LT(body.capacity(), body.size() + 4096);
}

struct Streamed {
  std::string text;
  std::vector<std::string> pieces;
  std::optional<Error> error;
  Completion completion;
};

Streamed read_stream(std::string_view stream, std::size_t piece) {
  AnswerReader reader(source);
  Streamed out;
  const auto take = [&] {
    while (!out.error) {
      auto text = reader.next();
      if (!text) out.error = std::move(text).error();
      else if (text->empty()) return;
      else out.pieces.emplace_back(*text);
    }
  };
  for (std::size_t at = 0; at < stream.size() && !out.error; at += piece) {
    if (auto fed = reader.feed(stream.substr(at, piece)); !fed) out.error = std::move(fed).error();
    take();
  }
  reader.end();
  take();
  for (const auto& part : out.pieces) out.text += part;
  if (out.error) return out;
  auto completion = reader.finish();
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
    if (cut.error && whole.error) EXPECT_EQ(cut.error->message, whole.error->message);
    EXPECT_EQ(cut.completion.text, whole.completion.text);
    EXPECT_EQ(cut.completion.usage.input_tokens, whole.completion.usage.input_tokens);
  }
  return whole;
}

constexpr std::string_view first =
    R"(data: {"id":"c","model":"m-1-2026","choices":[{"index":0,"delta":{"role":"assistant","content":null},"finish_reason":null}],"usage":null})"
    "\n\n";
constexpr std::string_view hel =
    R"(data: {"id":"c","choices":[{"index":0,"delta":{"content":"Hel"},"finish_reason":null}],"obfuscation":"x"})"
    "\n\n";
constexpr std::string_view lo =
    R"(data: {"id":"c","choices":[{"index":0,"delta":{"content":"lo \u4f60"},"finish_reason":null}]})"
    "\n\n";
constexpr std::string_view stop =
    R"(data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})"
    "\n\n";
constexpr std::string_view usage =
    R"(data: {"id":"c","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11,"prompt_tokens_details":{"cached_tokens":4,"image_tokens":5}}})"
    "\n\n";
constexpr std::string_view done = "data: [DONE]\n\n";

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const auto part : parts) out += part;
  return out;
}

TEST(AnswerReader, reads_a_whole_stream_in_any_pieces) {
  const auto seen = read_in_all_cuts(joined({first, hel, lo, stop, usage, done}));
  ASSERT_FALSE(seen.error) << seen.error->message;
  EXPECT_EQ(seen.text, "Hello \xE4\xBD\xA0");
  EXPECT_EQ(seen.completion.text, seen.text);
  EXPECT_EQ(seen.completion.model, "m-1-2026");
  EXPECT_EQ(seen.completion.finish_reason, FinishReason::stop);
  EXPECT_TRUE(seen.completion.usage.from_provider);
  EXPECT_EQ(seen.completion.usage.input_tokens, 9);
  EXPECT_EQ(seen.completion.usage.output_tokens, 2);
  EXPECT_EQ(seen.completion.usage.cached_tokens, 4);
  EXPECT_EQ(seen.completion.usage.image_tokens, 5);
  EXPECT_THAT(seen.completion.warnings, IsEmpty());
}

TEST(AnswerReader, gives_chunks_that_came_together_as_one_piece) {
  EXPECT_THAT(read_stream(joined({hel, lo, stop, done}), 10'000).pieces, ElementsAre("Hello \xE4\xBD\xA0"));
}

TEST(AnswerReader, accepts_an_end_without_done_only_after_a_finish_reason) {
  const auto complete = read_in_all_cuts(joined({hel, stop}));
  EXPECT_FALSE(complete.error);
  EXPECT_EQ(complete.completion.text, "Hel");
  EXPECT_FALSE(complete.completion.usage.from_provider);

  const auto cut = read_in_all_cuts(joined({hel, lo}));
  ASSERT_TRUE(cut.error);
  EXPECT_EQ(cut.error->code, Code::upstream_broken_stream);
  EXPECT_EQ(cut.text, "Hello \xE4\xBD\xA0") << "what came is passed on";

  const auto nothing = read_in_all_cuts("");
  ASSERT_TRUE(nothing.error);
  EXPECT_EQ(nothing.error->code, Code::upstream_broken_stream);
}

TEST(AnswerReader, a_bare_line_of_a_proxy_at_the_end_is_a_broken_stream) {
  const auto seen = read_in_all_cuts(joined({hel, "proxy error: Failed to read connection"}));
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->code, Code::upstream_broken_stream);
}

TEST(AnswerReader, takes_a_last_event_without_its_blank_line) {
  const auto seen = read_in_all_cuts(
      joined({hel, R"(data: {"choices":[{"delta":{"content":"p"},"finish_reason":"length"}]})"}));
  ASSERT_FALSE(seen.error);
  EXPECT_EQ(seen.text, "Help");
  EXPECT_EQ(seen.completion.finish_reason, FinishReason::length);
}

TEST(AnswerReader, skips_and_counts_what_is_not_json) {
  const auto seen = read_in_all_cuts(
      joined({": ping\n\n", hel, "data: {\"choices\":[{\n\n", "data: garbage\n\n", lo, stop, done}));
  ASSERT_FALSE(seen.error);
  EXPECT_EQ(seen.text, "Hello \xE4\xBD\xA0");
  EXPECT_THAT(seen.completion.warnings, ElementsAre("2 events of the stream were not JSON and were skipped"));
}

TEST(AnswerReader, an_error_object_ends_the_stream_after_the_text_before_it) {
  const auto seen = read_in_all_cuts(
      joined({hel,
              R"(data: {"error":{"message":"The server is overloaded","type":"overloaded_error","code":529}})"
              "\n\n",
              lo, done}));
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.text, "Hel");
  EXPECT_EQ(seen.error->code, Code::upstream_overloaded);
  EXPECT_THAT(seen.error->message, HasSubstr("The server is overloaded"));

  const auto named = read_in_all_cuts("event: error\ndata: {\"message\":\"out of memory\",\"code\":500}\n\n");
  ASSERT_TRUE(named.error);
  EXPECT_EQ(named.error->code, Code::upstream_unavailable);
}

TEST(AnswerReader, ignores_reasoning_and_anything_unknown) {
  const auto seen = read_in_all_cuts(joined(
      {R"(data: {"choices":[{"delta":{"reasoning_content":"hmm","content":null}}]})"
       "\n\n",
       R"(data: {"choices":[{"delta":{"reasoning":"hmm","content":""}}],"timings":{"x":1}})"
       "\n\n",
       R"(data: {"choices":[{"delta":{"content":[{"type":"text","text":"He"},{"type":"text","text":"l"}]}}]})"
       "\n\n",
       stop, done}));
  ASSERT_FALSE(seen.error);
  EXPECT_EQ(seen.text, "Hel");
}

TEST(AnswerReader, keeps_inline_thoughts_out) {
  const auto chunk = [](std::string_view text) {
    return R"(data: {"choices":[{"delta":{"content":")" + std::string(text) + "\"}}]}\n\n";
  };
  const auto out = read_in_all_cuts(chunk("<th") + chunk("ink>a cat?</thi") + chunk("nk>\\n\\nA c") +
                                    chunk("at.") + "data: [DONE]\n\n");
  ASSERT_FALSE(out.error);
  EXPECT_EQ(out.text, "A cat.");
  EXPECT_EQ(out.completion.text, "A cat.");
  EXPECT_EQ(read_answer(source, R"({"choices":[{"message":{"content":"<think>x</think> yes"}}]})")->text,
            "yes");
}

TEST(AnswerReader, survives_wrong_types_everywhere) {
  for (const std::string_view bad :
       {R"({"choices":{}})", R"({"choices":[7]})", R"({"choices":[{"delta":7}]})",
        R"({"choices":[{"delta":{"content":7}}]})", R"({"choices":[{"finish_reason":7}]})",
        R"({"choices":[],"usage":[]})", R"({"choices":[],"usage":{"prompt_tokens":"9"}})", R"({"model":7})",
        "[]", "7", "null", "{}"}) {
    const auto seen = read_stream(joined({hel, "data: ", bad, "\n\n", stop, done}), 4096);
    ASSERT_FALSE(seen.error) << bad;
    EXPECT_EQ(seen.text, "Hel") << bad;
  }
}

TEST(AnswerReader, says_why_an_answer_is_empty) {
  const auto refused = read_in_all_cuts(joined({R"(data: {"choices":[{"delta":{"refusal":"I can"}}]})"
                                                "\n\n",
                                                R"(data: {"choices":[{"delta":{"refusal":"not."}}]})"
                                                "\n\n",
                                                stop, done}));
  ASSERT_TRUE(refused.error);
  EXPECT_EQ(refused.error->code, Code::content_filtered);
  EXPECT_THAT(refused.error->message, HasSubstr("I cannot."));

  const auto thought = read_in_all_cuts(joined({R"(data: {"choices":[{"delta":{},"finish_reason":"length"}]})"
                                                "\n\n",
                                                done}));
  ASSERT_TRUE(thought.error);
  EXPECT_EQ(thought.error->code, Code::model_limit);
  EXPECT_THAT(thought.error->hint, HasSubstr("--max-tokens"));

  const auto empty = read_in_all_cuts(joined({stop, done}));
  ASSERT_TRUE(empty.error);
  EXPECT_EQ(empty.error->code, Code::upstream_protocol);
}

TEST(AnswerReader, refuses_an_answer_beyond_all_bounds) {
  AnswerReader reader(source);
  const std::string chunk =
      R"(data: {"choices":[{"delta":{"content":")" + std::string(1 << 20, 'x') + "\"}}]}\n\n";
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(reader.feed(chunk));
    auto text = reader.next();
    if (text) text = reader.next();
    if (text) continue;
    EXPECT_EQ(text.error().code, Code::upstream_protocol);
    return;
  }
  FAIL() << "40 MiB were accepted";
}

Result<Completion> answer(std::string_view body) { return read_answer(source, body); }

TEST(ReadAnswer, reads_text_usage_and_reason) {
  const auto seen = answer(
      R"({"id":"c","model":"m-1-x","choices":[{"index":0,"finish_reason":"length","message":{"role":"assistant",)"
      R"("content":"A cat.","refusal":null}}],"usage":{"prompt_tokens":123,"completion_tokens":45}})");
  ASSERT_TRUE(seen) << sentence(seen.error());
  EXPECT_EQ(seen->text, "A cat.");
  EXPECT_EQ(seen->finish_reason, FinishReason::length);
  EXPECT_EQ(seen->usage.input_tokens, 123);
  EXPECT_EQ(seen->usage.output_tokens, 45);
}

TEST(ReadAnswer, maps_finish_reasons) {
  const auto reason = [](std::string_view word) {
    return answer(R"({"choices":[{"finish_reason":")" + std::string(word) +
                  R"(","message":{"content":"x"}}]})")
        ->finish_reason;
  };
  EXPECT_EQ(reason("stop"), FinishReason::stop);
  EXPECT_EQ(reason("eos"), FinishReason::stop);
  EXPECT_EQ(reason("content_filter"), FinishReason::content_filter);
  EXPECT_EQ(reason("function_call"), FinishReason::tool_calls);
}

TEST(ReadAnswer, everything_that_is_not_an_answer_is_a_protocol_error_or_says_more) {
  const auto code = [](std::string_view body) { return answer(body).error().code; };
  EXPECT_EQ(code("<html><body>502 Bad Gateway</body></html>"), Code::upstream_protocol);
  EXPECT_THAT(answer(" <!doctype html>").error().message, HasSubstr("web page"));
  EXPECT_EQ(code(""), Code::upstream_protocol);
  EXPECT_EQ(code("{\"choices\":[{\"message\":{\"content\":\"cut"), Code::upstream_protocol);
  EXPECT_EQ(code(R"({"choices":[]})"), Code::upstream_protocol);
  EXPECT_EQ(code("{}"), Code::upstream_protocol);
  EXPECT_EQ(code(R"({"choices":[{"message":{"content":null}}]})"), Code::upstream_protocol);
  EXPECT_EQ(code(R"({"choices":[{"message":{"content":null,"refusal":"No."}}]})"), Code::content_filtered);
  EXPECT_EQ(code(R"({"choices":[{"finish_reason":"content_filter","message":{"content":""}}]})"),
            Code::content_filtered);
  EXPECT_EQ(code(R"({"error":{"message":"quota","code":"insufficient_quota"}})"), Code::upstream_quota);
  EXPECT_EQ(code(std::string(100'000, '[')), Code::upstream_protocol);
}

}  // namespace
}  // namespace sensorium::openai
