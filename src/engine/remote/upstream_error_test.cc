// Every provider's errors as they come, and what they become here. Half of these bodies are quoted
// from the providers' documentation.
#include "engine/remote/upstream_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sensorium::upstream {
namespace {

using testing::HasSubstr;
using testing::Not;
using enum ErrorFamily;

struct Case {
  ErrorFamily family;
  int status;
  std::string_view body;
  Code code;
};

class Mapping : public testing::TestWithParam<Case> {};

TEST_P(Mapping, gives_the_code_a_sentence_and_a_hint) {
  const auto& given = GetParam();
  const Source source{.provider = "acme",
                      .model = "m-1",
                      .key_variable = "ACME_KEY",
                      .secret = "hunter2hunter2",
                      .family = given.family};
  const Error error = make_error(source, given.status, {}, read_error_body(given.body));
  EXPECT_EQ(facts(error.code).name, facts(given.code).name) << given.status << " " << given.body;
  EXPECT_THAT(error.message, HasSubstr("acme"));
  EXPECT_FALSE(error.hint.empty());
  EXPECT_THAT(sentence(error), Not(HasSubstr("hunter2")));
  EXPECT_THAT(sentence(error), Not(HasSubstr("{")));
}

INSTANTIATE_TEST_SUITE_P(
    OpenAI, Mapping,
    testing::Values(
        Case{
            openai, 401,
            R"({"error":{"message":"Incorrect API key provided: hunter2hunter2.","type":"invalid_request_error","code":"invalid_api_key"}})",
            Code::upstream_auth},
        Case{openai, 403, R"({"error":{"code":"unsupported_country_region_territory","message":"no"}})",
             Code::upstream_auth},
        Case{
            openai, 429,
            R"({"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}})",
            Code::upstream_quota},
        Case{
            openai, 429,
            R"({"error":{"message":"no money","type":"insufficient_quota","code":"credit_balance_exhausted"}})",
            Code::upstream_quota},
        Case{openai, 429,
             R"({"error":{"message":"Rate limit reached","type":"tokens","code":"rate_limit_exceeded"}})",
             Code::upstream_rate_limited},
        Case{openai, 429, R"({"error":{"message":"x","type":"requests","code":null}})",
             Code::upstream_rate_limited},
        Case{openai, 429, R"({"error":{"message":"x","code":"slow_down"}})", Code::upstream_rate_limited},
        Case{openai, 503,
             R"({"error":{"message":"x","type":"service_unavailable_error","code":"slow_down"}})",
             Code::upstream_overloaded},
        Case{openai, 503, R"({"error":{"message":"x","code":"server_is_overloaded"}})",
             Code::upstream_overloaded},
        Case{openai, 500, R"({"error":{"message":"x","type":"server_error"}})", Code::upstream_unavailable},
        Case{openai, 520, "", Code::upstream_unavailable}, Case{openai, 408, "", Code::upstream_timeout},
        Case{openai, 504, "<html>504 Gateway Time-out</html>", Code::upstream_timeout},
        Case{openai, 413, "<html>413</html>", Code::model_limit},
        Case{openai, 400, R"({"error":{"message":"x","code":"image_too_large"}})", Code::model_limit},
        Case{openai, 400, R"({"error":{"message":"x","code":"context_length_exceeded"}})", Code::model_limit},
        Case{openai, 400, R"({"error":{"message":"unsupported image","code":"invalid_image_format"}})",
             Code::unsupported_media},
        Case{openai, 400, R"({"error":{"message":"x","code":"image_parse_error"}})", Code::invalid_request},
        Case{
            openai, 400,
            R"({"error":{"message":"The image data you provided does not represent a valid image","code":"invalid_value","param":"input"}})",
            Code::invalid_request},
        Case{openai, 404,
             R"({"error":{"message":"The model `m-1` does not exist","code":"model_not_found"}})",
             Code::unknown_model},
        Case{openai, 400, R"({"error":{"message":"This model does not support image inputs","code":null}})",
             Code::unknown_model},
        Case{openai, 400, R"({"error":{"message":"x","code":"content_policy_violation"}})",
             Code::content_filtered},
        Case{openai, 400, R"({"error":{"message":"x","code":"image_content_policy_violation"}})",
             Code::content_filtered},
        Case{openai, 400, R"({"error":{"message":"bad field","code":"invalid_value"}})",
             Code::invalid_request},
        Case{openai, 409, "", Code::upstream_overloaded}));  // a conflict of its own: the SDKs repeat it

INSTANTIATE_TEST_SUITE_P(
    Others, Mapping,
    testing::Values(
        Case{dashscope, 401, R"({"error":{"message":"Incorrect API key provided","code":"invalid_api_key"}})",
             Code::upstream_auth},
        Case{
            dashscope, 429,
            R"({"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}})",
            Code::upstream_rate_limited},
        Case{dashscope, 429,
             R"({"code":"Throttling.AllocationQuota","message":"Allocated quota exceeded","request_id":"r"})",
             Code::upstream_rate_limited},
        Case{dashscope, 429,
             R"({"error":{"message":"Free allocated quota exceeded.","code":"insufficient_quota"}})",
             Code::upstream_quota},
        Case{dashscope, 403, R"({"error":{"message":"x","code":"AllocationQuota.FreeTierOnly"}})",
             Code::upstream_quota},
        Case{
            dashscope, 400,
            R"({"error":{"message":"Access denied, please make sure your account is in good standing.","code":"Arrearage"}})",
            Code::upstream_quota},
        Case{
            dashscope, 400,
            R"({"error":{"message":"Range of input length should be [1, 30720]","code":"invalid_parameter_error"}})",
            Code::model_limit},
        Case{
            dashscope, 400,
            R"({"error":{"message":"Input data may contain inappropriate content.","code":"data_inspection_failed"}})",
            Code::content_filtered},
        Case{dashscope, 503, R"({"code":"ModelServingError","message":"Too many requests"})",
             Code::upstream_overloaded},
        Case{
            gemini, 400,
            R"([{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"@type":"x","reason":"API_KEY_INVALID"}]}}])",
            Code::upstream_auth},
        Case{gemini, 400, R"({"error":{"code":400,"message":"billing","status":"FAILED_PRECONDITION"}})",
             Code::upstream_quota},
        Case{gemini, 429, R"({"error":{"code":429,"message":"x","status":"RESOURCE_EXHAUSTED"}})",
             Code::upstream_rate_limited},
        Case{
            gemini, 429,
            R"({"error":{"code":429,"message":"x","status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"GenerateRequestsPerDayPerProject"}]}]}})",
            Code::upstream_quota},
        Case{gemini, 503, R"({"error":{"code":503,"message":"x","status":"UNAVAILABLE"}})",
             Code::upstream_overloaded},
        Case{gemini, 504, R"({"error":{"code":504,"message":"x","status":"DEADLINE_EXCEEDED"}})",
             Code::upstream_timeout},
        Case{
            gemini, 400,
            R"({"error":{"code":400,"message":"The input token count (9) exceeds the maximum","status":"INVALID_ARGUMENT"}})",
            Code::model_limit},
        Case{
            gemini, 400,
            R"({"error":{"code":400,"message":"Unable to process input image.","status":"INVALID_ARGUMENT"}})",
            Code::invalid_request},
        Case{
            llama, 500,
            R"({"error":{"code":500,"message":"image input is not supported - hint: provide the mmproj","type":"server_error"}})",
            Code::unknown_model},
        Case{
            llama, 400,
            R"({"error":{"code":400,"message":"Failed to load image or audio file","type":"invalid_request_error"}})",
            Code::invalid_request},
        Case{
            llama, 400,
            R"({"error":{"code":400,"message":"request (10031 tokens) exceeds the available context size (4096 tokens), try increasing it","type":"exceed_context_size_error"}})",
            Code::model_limit},
        Case{llama, 503, R"({"error":{"message":"Loading model","type":"unavailable_error","code":503}})",
             Code::upstream_overloaded},
        Case{llama, 400,
             R"({"error":{"code":400,"message":"model 'x' not found","type":"invalid_request_error"}})",
             Code::unknown_model},
        Case{
            generic, 400,
            R"({"error":{"message":"x is not a multimodal model","type":"BadRequestError","param":null,"code":400}})",
            Code::unknown_model},
        Case{
            generic, 400,
            R"({"object":"error","message":"This model's maximum context length is 4096 tokens","type":"BadRequestError","code":400})",
            Code::model_limit},
        Case{generic, 400,
             R"({"error":{"message":"At most 1 image(s) may be provided in one request.","code":400}})",
             Code::model_limit},
        Case{generic, 404, R"({"error":"model 'llava' not found, try pulling it first"})",
             Code::unknown_model},
        Case{generic, 404, R"({"detail":"Not Found"})", Code::unknown_model},
        Case{generic, 422,
             R"({"detail":[{"loc":["body","messages"],"msg":"field required","type":"missing"}]})",
             Code::invalid_request},
        Case{generic, 402, R"({"error":{"message":"Insufficient credits","code":402}})",
             Code::upstream_quota},
        Case{generic, 529, "", Code::upstream_overloaded},
        Case{generic, 301, "<html>moved</html>", Code::upstream_protocol},
        Case{generic, 500, "not json at all", Code::upstream_unavailable}));

// Inside a stream the status is 200 and only the body can tell.
INSTANTIATE_TEST_SUITE_P(
    InStreams, Mapping,
    testing::Values(Case{generic, 200, R"({"error":{"message":"x","code":503}})", Code::upstream_overloaded},
                    Case{openai, 200, R"({"error":{"message":"x","type":"server_error","code":null}})",
                         Code::upstream_unavailable},
                    Case{generic, 200, R"({"error":{"message":"x","code":429}})",
                         Code::upstream_rate_limited},
                    Case{generic, 200, R"({"error":"something broke"})", Code::upstream_unavailable}));

TEST(MakeError, quotes_the_providers_words_and_its_field_and_status) {
  const Source source{.provider = "acme", .model = "m-1"};
  const Error error = make_error(
      source, 400, {{"x-request-id", "req-7"}},
      read_error_body(R"({"error":{"message":"Invalid 'messages[0].role'","param":"messages[0].role"}})"));
  EXPECT_EQ(error.code, Code::invalid_request);
  EXPECT_EQ(facts(error.code).http, 400);
  EXPECT_THAT(error.message, HasSubstr("Invalid 'messages[0].role'"));
  EXPECT_EQ(error.param, "messages[0].role");
  EXPECT_EQ(error.upstream_status, 400);
  EXPECT_THAT(error.notes, testing::ElementsAre(HasSubstr("req-7")));
}

TEST(MakeError, a_web_page_points_at_the_address) {
  const Error error =
      make_error({.provider = "acme", .model = "m"}, 404, {}, read_error_body("<html>nginx</html>"));
  EXPECT_EQ(error.code, Code::unknown_model);
  EXPECT_THAT(sentence(error), HasSubstr("base_url"));
  EXPECT_THAT(sentence(error), Not(HasSubstr("nginx")));
}

TEST(MakeError, waits_only_where_a_retry_makes_sense) {
  const net::Headers headers{{"Retry-After", "7"}};
  EXPECT_EQ(make_error({.provider = "a"}, 429, headers, {}).retry_after, Milliseconds(7000));
  EXPECT_EQ(make_error({.provider = "a"}, 503, headers, {}).retry_after, Milliseconds(7000));
  EXPECT_EQ(make_error({.provider = "a"}, 401, headers, {}).retry_after, std::nullopt);
  EXPECT_EQ(make_error({.provider = "a"}, 429, {}, {}).retry_after, std::nullopt);
  const auto gemini_body = read_error_body(R"({"error":{"code":429,"details":[{"retryDelay":"23s"}]}})");
  EXPECT_EQ(make_error({.provider = "a", .family = gemini}, 429, {}, gemini_body).retry_after,
            Milliseconds(23'000));
}

TEST(MakeError, names_where_the_key_comes_from) {
  EXPECT_THAT(make_error({.provider = "acme", .key_variable = "ACME_KEY"}, Failure::auth).hint,
              HasSubstr("ACME_KEY"));
  EXPECT_THAT(make_error({.provider = "acme"}, Failure::auth).hint, HasSubstr("[engines.acme]"));
}

TEST(Scrub, hides_keys_and_control_characters_and_cuts) {
  EXPECT_EQ(scrub("key abcdefgh is bad", "abcdefgh"), "key [key] is bad");
  EXPECT_EQ(scrub("Incorrect API key provided: sk-proj-Abc***************xyz.", ""),
            "Incorrect API key provided: [key].");
  EXPECT_EQ(scrub("key AIzaSyD-1234567890", ""), "key [key]");
  EXPECT_EQ(scrub("Authorization: Bearer abc.def", ""), "Authorization: [key].def");
  EXPECT_EQ(scrub("risk-averse sk-1", ""), "risk-averse sk-1");
  EXPECT_EQ(scrub("a\r\nb\x1b[31m", ""), "a  b [31m");
  EXPECT_LE(scrub(std::string(5000, 'x'), "").size(), 310U);
  EXPECT_EQ(scrub("x\xFF", ""), "x\xEF\xBF\xBD");
}

TEST(ReadErrorBody, never_fails) {
  for (const std::string_view body :
       {"", "null", "[]", "{}", "[[]]", R"({"error":null})", R"({"error":7})", R"({"error":[]})",
        R"({"detail":[]})", R"({"detail":7})", R"({"error":{"details":7}})", "{\"error\":", "\xFF\xFE"})
    (void)read_error_body(body);
  EXPECT_EQ(read_error_body(R"({"error":{"message":"m","code":"c","type":"t"}})").message, "m");
  EXPECT_EQ(read_error_body("plain words").message, "plain words");
  EXPECT_TRUE(read_error_body("\n <html>").markup);
}

}  // namespace
}  // namespace sensorium::upstream
