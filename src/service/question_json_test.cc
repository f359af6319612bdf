// Bodies and forms, good and bad, and the exact text of what is written.
#include "service/question_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/json.h"

namespace sensorium::service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string png = std::string("\x89PNG\r\n\x1a\n", 8) + std::string("\0\0\0\rIHDR", 8);
const std::string png64 = base64_encode(png);

std::string body(const std::string& more) { return R"({"prompt":"What?",)" + more + "}"; }
std::string with_picture(const std::string& more) {
  return body("\"image_base64\":\"" + png64 + "\"" + (more.empty() ? "" : "," + more));
}

TEST(ParseQuestion, DefaultsAreThoseOfTheContract) {
  const auto question = parse_question(with_picture(""));
  ASSERT_TRUE(question) << question.error().message;
  EXPECT_EQ(question->prompt, "What?");
  EXPECT_EQ(question->max_tokens, 1024);
  EXPECT_EQ(question->detail, DetailChoice::automatic);
  EXPECT_EQ(question->cache, CacheChoice::use);
  EXPECT_FALSE(question->stream || question->facts || question->offline || question->timeout ||
               question->temperature);
  ASSERT_EQ(question->pictures.size(), 1U);
  EXPECT_EQ(*question->pictures[0].bytes, png);
}

TEST(ParseQuestion, AllFields) {
  const auto question = parse_question(with_picture(
      R"("system":"s","model":"openai/x","detail":"high","max_tokens":4096,"temperature":0.5,"stream":true,)"
      R"("cache":"off","facts":true,"offline":true,"timeout":1.5,"schema":null,"tile":false)"));
  ASSERT_TRUE(question) << question.error().message;
  EXPECT_EQ(question->system + question->model, "sopenai/x");
  EXPECT_EQ(question->detail, DetailChoice::high);
  EXPECT_EQ(question->max_tokens, 4096);
  EXPECT_EQ(question->temperature, 0.5);
  EXPECT_EQ(question->cache, CacheChoice::off);
  EXPECT_EQ(question->timeout, Milliseconds(1500));
  EXPECT_TRUE(question->stream && question->facts && question->offline);
  EXPECT_THAT(question->ignored, IsEmpty());
}

TEST(ParseQuestion, PicturesKeepTheOrderOfTheList) {
  const auto question = parse_question(body(
      R"("images":[{"base64":"YQ=="},{"url":"data:image/png;base64,Yg=="},{"base64":"Yw==","alt":"c"}])"));
  ASSERT_TRUE(question) << question.error().message;
  ASSERT_EQ(question->pictures.size(), 3U);
  EXPECT_EQ(*question->pictures[1].bytes, "b");
  EXPECT_EQ(question->pictures[2].label, "images[2]");
  EXPECT_THAT(question->ignored, ElementsAre("images[2].alt"));
}

TEST(ParseQuestion, UnknownFieldsAreNamed) {
  const auto question = parse_question(with_picture(R"("colour":"red","top_k":3)"));
  ASSERT_TRUE(question);
  EXPECT_THAT(question->ignored, ElementsAre("colour", "top_k"));
}

TEST(ParseQuestion, ADataUrlOfAnotherTypeIsAWarning) {
  const auto question = parse_question(body("\"image_url\":\"data:image/jpeg;base64," + png64 + "\""));
  ASSERT_TRUE(question) << question.error().message;
  ASSERT_EQ(question->warnings.size(), 1U);
  EXPECT_THAT(question->warnings[0], HasSubstr("image/jpeg"));
  EXPECT_THAT(question->warnings[0], HasSubstr("image/png"));
}

TEST(ParseQuestion, ADataUrlOfItsTypeOrOfNoneIsNoWarning) {
  for (const std::string mime : {"image/png", "application/octet-stream", ""}) {
    const auto question = parse_question(body("\"image_base64\":\"data:" + mime + ";base64," + png64 + "\""));
    ASSERT_TRUE(question);
    EXPECT_THAT(question->warnings, IsEmpty()) << mime;
  }
}

struct Bad {
  std::string body;
  std::string param;
  Code code = Code::invalid_request;
};
class BadBody : public ::testing::TestWithParam<Bad> {};

TEST_P(BadBody, IsRefusedWithItsField) {
  const auto question = parse_question(GetParam().body);
  ASSERT_FALSE(question);
  EXPECT_EQ(question.error().code, GetParam().code) << question.error().message;
  EXPECT_EQ(question.error().param, GetParam().param) << question.error().message;
  EXPECT_FALSE(question.error().message.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Fields, BadBody,
    ::testing::Values(
        Bad{"", ""}, Bad{"[]", ""}, Bad{"null", ""}, Bad{"{", ""}, Bad{"\xef\xbb\xbf{}", ""},
        Bad{R"({"image_base64":"YQ=="})", "prompt"}, Bad{R"({"prompt":" ","image_base64":"YQ=="})", "prompt"},
        Bad{R"({"prompt":5,"image_base64":"YQ=="})", "prompt"}, Bad{R"({"prompt":"a"})", "image_base64"},
        Bad{with_picture(R"("max_tokens":0)"), "max_tokens"},
        Bad{with_picture(R"("max_tokens":4097)"), "max_tokens"},
        Bad{with_picture(R"("max_tokens":1e30)"), "max_tokens"},
        Bad{with_picture(R"("detail":"ultra")"), "detail"}, Bad{with_picture(R"("detail":3)"), "detail"},
        Bad{with_picture(R"("cache":"no")"), "cache"}, Bad{with_picture(R"("stream":"yes")"), "stream"},
        Bad{with_picture(R"("temperature":2.1)"), "temperature"},
        Bad{with_picture(R"("timeout":0)"), "timeout"}, Bad{with_picture(R"("timeout":"soon")"), "timeout"},
        Bad{with_picture(R"("timeout":[])"), "timeout"}, Bad{with_picture(R"("timeout":1e9)"), "timeout"}));

INSTANTIATE_TEST_SUITE_P(
    Pictures, BadBody,
    ::testing::Values(
        Bad{body(R"("image_base64":"@@@@")"), "image_base64"},
        Bad{body(R"("image_base64":"")"), "image_base64"}, Bad{body(R"("image_base64":7)"), "image_base64"},
        Bad{body(R"("image_base64":"data:image/png;base64,%%%")"), "image_base64"},
        Bad{body(R"("image_url":"ftp://example.org/a.png")"), "image_url", Code::fetch_refused},
        Bad{body(R"("image_url":"HTTP://0177.0.0.1/")"), "image_url", Code::fetch_refused},
        Bad{body(R"("image_url":"file:///etc/passwd")"), "image_url", Code::fetch_refused},
        Bad{body(R"("image_url":"no address")"), "image_url"}, Bad{with_picture(R"("pages":"3-1")"), "pages"},
        Bad{with_picture(R"("pages":[1])"), "pages"}, Bad{with_picture(R"("frames":0)"), "frames"},
        Bad{with_picture(R"("exif":"all")"), "exif"}, Bad{body(R"("image_url":"")"), "image_url"},
        Bad{body(R"("image_url":"data:image/png;base64,")"), "image_url"},
        Bad{body(R"("images":[])"), "images"}, Bad{body(R"("images":"x")"), "images"},
        Bad{body(R"("images":[5])"), "images[0]"}, Bad{body(R"("images":[{}])"), "images[0]"},
        Bad{body(R"("images":[{"base64":5}])"), "images[0].base64"},
        Bad{body(R"("images":[{"base64":"YQ=="},{"base64":"!"}])"), "images[1].base64"},
        Bad{body(R"("images":[{"base64":"YQ==","url":"data:,a"}])"), "images[0]"},
        Bad{with_picture(R"("schema":7)"), "schema"}, Bad{with_picture(R"("tile":12)"), "tile"},
        Bad{with_picture(R"("tile":"wide")"), "tile"}, Bad{with_picture(R"("tile":[512])"), "tile"},
        Bad{with_picture(R"("tile":true,"tile_overlap":-1)"), "tile_overlap"}));

TEST(ParseQuestion, SchemaAndTilesInTheirForms) {
  EXPECT_EQ(parse_question(with_picture(R"("schema":"name, age int")"))->schema, "name, age int");
  EXPECT_EQ(parse_question(with_picture(R"("schema":{"type":"object"})"))->schema, R"({"type":"object"})");
  const auto tile = [](std::string_view value) {
    return parse_question(with_picture(R"("tile":)" + std::string(value)))->tile;
  };
  EXPECT_EQ(tile("true")->size, 512);
  EXPECT_EQ(tile("true")->overlap, 64);
  EXPECT_EQ(tile("1024")->size, 1024);
  EXPECT_TRUE(tile(R"("adaptive")")->adaptive);
  EXPECT_EQ(tile(R"("adaptive:2000")")->size, 2000);
  EXPECT_EQ(tile(R"({"size":700,"overlap":10})")->overlap, 10);
  EXPECT_FALSE(tile("false"));
}

TEST(ParseComparison, TwoPicturesAndTheirChoices) {
  const std::string two = R"("images":[{"base64":"YQ=="},{"base64":"YQ=="}])";
  const auto parsed = parse_comparison("{" + two + R"(,"only":"pixels","tolerance":3})");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->parts, CompareParts::pixels);
  EXPECT_EQ(parsed->tolerance, 3);
  EXPECT_TRUE(parsed->prompt.empty());
  EXPECT_EQ(parse_comparison(R"({"images":[{"base64":"YQ=="}]})").error().param, "images");
  EXPECT_EQ(parse_comparison("{" + two + R"(,"only":"sounds"})").error().param, "only");
  EXPECT_EQ(parse_comparison("{" + two + R"(,"tolerance":256})").error().param, "tolerance");
}

TEST(ParseQuestion, SixtyFourPicturesAndNoMore) {
  std::string list = R"({"base64":"YQ=="})";
  for (int i = 1; i < 64; ++i) list += R"(,{"base64":"YQ=="})";
  EXPECT_TRUE(parse_question(body("\"images\":[" + list + "]")));
  const auto more = parse_question(body("\"images\":[" + list + R"(,{"base64":"YQ=="}])"));
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().param, "images[64]");
}

TEST(ParseEstimate, TakesTheBodyOfItsRoute) {
  const auto question =
      parse_estimate(R"({"route":"/v1/analyze/image","x":1,"body":)" + with_picture("\"y\":2") + "}");
  ASSERT_TRUE(question) << question.error().message;
  ASSERT_EQ(question->size(), 1U);
  EXPECT_EQ(question->front().pictures.size(), 1U);
  EXPECT_THAT(question->front().ignored, ElementsAre("body.y", "x"));
}

TEST(ParseEstimate, TakesManyBodies) {
  const auto questions = parse_estimate(R"({"route":"/v1/analyze/image","body":[)" + with_picture("\"y\":2") +
                                        "," + with_picture("\"z\":2") + "]}");
  ASSERT_TRUE(questions) << questions.error().message;
  EXPECT_EQ(questions->size(), 2U);
  EXPECT_FALSE(parse_estimate(R"({"route":"/v1/analyze/image","body":[)" + with_picture("\"y\":2") + ",3]}"));
}

TEST(ParseEstimate, RefusesOtherRoutesAndMissingBodies) {
  EXPECT_EQ(parse_estimate(R"({"route":"/v1/analyze/video","body":{}})").error().param, "route");
  EXPECT_EQ(parse_estimate(R"({"route":"/v1/analyze/image"})").error().param, "body");
  EXPECT_EQ(parse_estimate(R"({"route":"/v1/analyze/image","body":[]})").error().param, "body");
  EXPECT_EQ(parse_estimate(R"({"route":7,"body":{}})").error().param, "route");
}

TEST(SetField, ReadsFormText) {
  Question question;
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{"prompt", "p"},
                                                                                    {"max_tokens", "33"},
                                                                                    {"detail", "low"},
                                                                                    {"stream", "TRUE"},
                                                                                    {"temperature", "0.25"},
                                                                                    {"timeout", "90s"},
                                                                                    {"cache", "refresh"},
                                                                                    {"image_base64", "YQ=="},
                                                                                    {"other", "x"}})
    ASSERT_TRUE(set_field(question, name, value)) << name;
  EXPECT_EQ(question.max_tokens, 33);
  EXPECT_EQ(question.detail, DetailChoice::low);
  EXPECT_TRUE(question.stream);
  EXPECT_EQ(question.temperature, 0.25);
  EXPECT_EQ(question.timeout, Milliseconds(90'000));
  EXPECT_EQ(question.cache, CacheChoice::refresh);
  EXPECT_EQ(question.pictures.size(), 1U);
  EXPECT_THAT(question.ignored, ElementsAre("other"));
}

TEST(SetField, NamesTheWrongField) {
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{"max_tokens", ""},
                                                                                    {"max_tokens", "12x"},
                                                                                    {"max_tokens", "0"},
                                                                                    {"max_tokens", "5000"},
                                                                                    {"detail", "ultra"},
                                                                                    {"stream", "maybe"},
                                                                                    {"temperature", "nan"},
                                                                                    {"temperature", "3"},
                                                                                    {"prompt", "\xff"},
                                                                                    {"timeout", "-1"},
                                                                                    {"image_base64", "!"},
                                                                                    {"tile", "5"},
                                                                                    {"tolerance", "300"},
                                                                                    {"only", "all"}}) {
    Question question;
    const auto done = set_field(question, name, value);
    ASSERT_FALSE(done) << name << "=" << value;
    EXPECT_EQ(done.error().param, name);
  }
}

Answer full_answer() {
  Answer answer;
  answer.id = "img-1";
  answer.result = "A \"red\"\nbox";
  answer.model = "m/x";
  answer.finish_reason = "stop";
  answer.usage = {10, 5, 3, 1, true};
  answer.cost_usd = 0.0009;
  answer.cache = "miss";
  answer.pictures = {{.width = 4,
                      .height = 3,
                      .sent_width = 2,
                      .sent_height = 1,
                      .sent_bytes = 9,
                      .estimated_tokens = 7,
                      .mime = "image/png",
                      .sha256 = "ab",
                      .phash = 0xffU}};
  answer.attempts = {{"m/x", "ok", 1.23456}};
  answer.timings_ms.total = 2.5;
  answer.warnings = {"w"};
  return answer;
}

TEST(AnswerJson, HasTheFieldsOfTheContractInOrder) {
  EXPECT_EQ(
      answer_json(full_answer()),
      R"({"schema":"sensorium.answer/1","id":"img-1","result":"A \"red\"\nbox","model":"m/x",)"
      R"("finish_reason":"stop","usage":{"input_tokens":10,"image_tokens":5,"output_tokens":3,)"
      R"("cached_tokens":1,"source":"provider"},"cost_usd":0.0009,"cache":"miss","pictures":[{"width":4,)"
      R"("height":3,"sent_width":2,"sent_height":1,"sent_bytes":9,"mime":"image/png","estimated_tokens":7,)"
      R"("sha256":"ab","phash":"00000000000000ff"}],"attempts":[{"model":"m/x","outcome":"ok","ms":1.235}],)"
      R"("timings_ms":{"fetch":0,"decode":0,"prepare":0,"queue":0,"first_token":null,"generate":0,)"
      R"("total":2.5},"warnings":["w"]})");
}

TEST(AnswerJson, UnknownIsNullNeverZero) {
  Answer answer = full_answer();
  answer.cost_usd.reset();
  answer.pictures[0].phash.reset();
  const auto parsed = json::parse(answer_json(answer));
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->at("cost_usd").is_null());
  EXPECT_TRUE(parsed->at("pictures").at(0).at("phash").is_null());
}

TEST(PlanJson, IsValidAndNamesItsSchema) {
  Plan plan;
  plan.model = "m/x";
  plan.cost_usd = {0.1, 0.2};
  const auto parsed = json::parse(plan_json(plan));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->at("schema").as_string(), "sensorium.plan/1");
  EXPECT_EQ(parsed->at("cost_usd").at("high").as_double(), 0.2);
}

TEST(ErrorJson, SaysNullWhereThereIsNothing) {
  EXPECT_EQ(
      error_json(Error(Code::rate_limited, "Too \"fast\""), "req_1"),
      R"({"error":{"message":"Too \"fast\"","type":"rate_limit_error","param":null,"code":"rate_limited",)"
      R"("hint":null,"request_id":"req_1"}})");
  EXPECT_EQ(error_object(Error(Code::not_found, "m", "h").at("p"), ""),
            R"({"message":"m","type":"invalid_request_error","param":"p","code":"not_found","hint":"h",)"
            R"("request_id":null})");
}

TEST(Lines, AreOneLineOfValidJsonEach) {
  Summary summary;
  summary.verb = "ask";
  for (const std::string& line :
       {begin_line("ask", "m"), delta_line("a\nb"), item_line("a.jpg", full_answer()),
        item_line("b.jpg", Error(Code::corrupt_media, "cut")), summary_line(summary)}) {
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_TRUE(json::parse(line)) << line;
  }
  EXPECT_THAT(item_line("b", Error(Code::corrupt_media, "cut")),
              HasSubstr(R"("status":"failed","output":null)"));
}

TEST(ContentJson, EscapesControlCharactersAndBadUtf8) {
  const auto parsed = json::parse(content_json(std::string("a\0\x1f\x7f\"\\\r\t\n\xff 红", 14)));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->at("content").as_string(), std::string("a\0\x1f\x7f\"\\\r\t\n\xef\xbf\xbd 红", 16));
  EXPECT_EQ(content_json(""), R"({"content":""})");
  EXPECT_EQ(stage_json("prepare"), R"({"stage":"prepare"})");
}

}  // namespace
}  // namespace sensorium::service
