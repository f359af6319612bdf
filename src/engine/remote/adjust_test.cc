// Refusals of fields as providers word them, and what is learned from each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/remote/dialect.h"

namespace sensorium::upstream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ErrorBody refusal(std::string_view body) { return read_error_body(body); }

ChatRequest asked() {
  ChatRequest request;
  request.model = "m-1";
  request.turns.push_back({Turn::Role::user, "x", {}});
  return request;
}

TEST(Adjust, renames_the_token_limit) {
  const auto body = refusal(
      R"({"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",)"
      R"("type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}})");
  const auto adjusted = adjust({}, 400, body, asked());
  ASSERT_TRUE(adjusted);
  EXPECT_EQ(adjusted->quirks.limit, TokenLimitField::max_completion_tokens);
  EXPECT_THAT(adjusted->warning, HasSubstr("max_completion_tokens"));
  EXPECT_FALSE(adjust(adjusted->quirks, 400, body, asked())) << "it is not sent any more";
}

TEST(Adjust, leaves_out_temperature_named_by_param_by_words_or_by_place) {
  auto request = asked();
  request.temperature = 0;
  for (
      const std::string_view text :
      {R"({"error":{"message":"Unsupported value","param":"temperature","code":"unsupported_value"}})",
       R"({"error":{"message":"Unsupported parameter: 'temperature' is not supported.","code":null}})",
       R"({"detail":[{"loc":["body","temperature"],"msg":"Extra inputs are not permitted","type":"extra_forbidden"}]})"}) {
    const auto adjusted = adjust({}, 400, refusal(text), request);
    ASSERT_TRUE(adjusted) << text;
    EXPECT_FALSE(adjusted->quirks.temperature);
  }
  EXPECT_FALSE(adjust(
      {}, 400, refusal(R"({"error":{"message":"x","param":"temperature","code":"unsupported_value"}})"),
      asked()))
      << "it was never sent";
}

TEST(Adjust, is_about_fields_only) {
  EXPECT_FALSE(
      adjust({}, 400, refusal(R"({"error":{"message":"bad picture","code":"invalid_image"}})"), asked()));
  EXPECT_FALSE(adjust({}, 400,
                      refusal(R"({"error":{"message":"x","param":"messages","code":"unsupported_value"}})"),
                      asked()));
  EXPECT_FALSE(adjust(
      {}, 500, refusal(R"({"error":{"message":"x","param":"max_tokens","code":"unsupported_parameter"}})"),
      asked()));
  EXPECT_FALSE(adjust({}, 400, {}, asked()));
}

TEST(Adjust, goes_from_a_schema_to_json_to_nothing) {
  auto request = asked();
  request.schema = AnswerSchema{"{}", "answer"};
  const auto body = refusal(
      R"({"error":{"message":"Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",)"
      R"("type":"invalid_request_error","param":"response_format","code":null}})");
  const auto loose = adjust({}, 400, body, request);
  ASSERT_TRUE(loose);
  EXPECT_EQ(loose->quirks.schema, SchemaMode::loose);
  EXPECT_EQ(loose->holds_for, Adjustment::HoldsFor::model);
  const auto none = adjust(loose->quirks, 400, body, request);
  ASSERT_TRUE(none);
  EXPECT_EQ(none->quirks.schema, SchemaMode::none);
  EXPECT_FALSE(adjust(none->quirks, 400, body, request));
  EXPECT_FALSE(adjust({}, 400, body, asked())) << "none was sent";
}

TEST(Adjust, does_not_blame_the_model_for_one_bad_schema) {
  auto request = asked();
  request.schema = AnswerSchema{"{}", "answer"};
  const auto adjusted = adjust(
      {}, 400,
      refusal(
          R"({"error":{"message":"Invalid schema for response_format 'answer': In context=(), 'x' is not permitted.",)"
          R"("type":"invalid_request_error","param":"response_format","code":null}})"),
      request);
  ASSERT_TRUE(adjusted);
  EXPECT_EQ(adjusted->holds_for, Adjustment::HoldsFor::request);
}

TEST(Adjust, reads_the_paths_of_anthropic) {
  auto request = asked();
  request.schema = AnswerSchema{"{}", "answer"};
  request.temperature = 0.3;
  const auto refused = [](std::string_view message) {
    return refusal(R"({"type":"error","error":{"type":"invalid_request_error","message":")" +
                   std::string(message) + R"("}})");
  };
  const auto schema =
      adjust({}, 400, refused("output_config.format: Extra inputs are not permitted"), request);
  ASSERT_TRUE(schema);
  EXPECT_EQ(schema->quirks.schema, SchemaMode::loose);
  const auto temperature = adjust({}, 400, refused("temperature: Extra inputs are not permitted"), request);
  ASSERT_TRUE(temperature);
  EXPECT_FALSE(temperature->quirks.temperature);
  EXPECT_FALSE(adjust({}, 400, refused("messages: roles must alternate"), request));
}

TEST(Adjust, drops_pixel_bounds_and_the_resolution_switch) {
  const Quirks sent{.pixel_bounds = PixelBounds::in_part, .high_resolution = true, .max_pixels = 9};
  const auto bounds =
      adjust(sent, 400,
             refusal(R"({"error":{"message":"Unknown parameter: 'max_pixels'","code":"unknown_parameter"}})"),
             asked());
  ASSERT_TRUE(bounds);
  EXPECT_EQ(bounds->quirks.pixel_bounds, PixelBounds::not_sent);
  const auto resolution = adjust(
      sent, 422,
      refusal(
          R"({"detail":[{"loc":["body","vl_high_resolution_images"],"msg":"Extra inputs are not permitted"}]})"),
      asked());
  ASSERT_TRUE(resolution);
  EXPECT_FALSE(resolution->quirks.high_resolution);
}

TEST(KnownLosses, names_what_this_request_does_not_get) {
  auto request = asked();
  request.temperature = 0;
  request.schema = AnswerSchema{"{}", "answer"};
  EXPECT_THAT(known_losses({}, {}, request), IsEmpty());
  EXPECT_THAT(known_losses({.temperature = false, .schema = SchemaMode::loose}, {}, request),
              ElementsAre(HasSubstr("m-1 does not take temperature"), HasSubstr("schema")));
  EXPECT_THAT(
      known_losses({.temperature = false, .schema = SchemaMode::none}, {.schema = SchemaMode::none}, asked()),
      IsEmpty());
}

}  // namespace
}  // namespace sensorium::upstream
