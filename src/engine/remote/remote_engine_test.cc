// RemoteEngine with the Anthropic dialect in front of a scripted server, and what its card makes of settings.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/fake/acting_upstream.h"
#include "engine/local/runtime.h"
#include "engine/registry.h"
#include "exec/cpu_pool.h"
#include "exec/run_task.h"

namespace sensorium {
namespace {

using namespace std::chrono_literals;
using fake::Exchange;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view whole_message =
    R"({"type":"message","model":"m","content":[{"type":"text","text":"{\"n\":4}"}],"stop_reason":"end_turn",)"
    R"("usage":{"input_tokens":7,"output_tokens":3}})";

class RemoteEngine : public testing::Test {
 protected:
  std::unique_ptr<ChatEngine> make(std::string_view engine, EngineSettings settings) {
    auto made = find_engine(engine)->create(settings, {io_, http_, pool_, ModelTable::builtin(), runtime_});
    EXPECT_TRUE(made) << sentence(made.error());
    return made ? std::move(*made) : nullptr;
  }
  std::unique_ptr<ChatEngine> serve(fake::LoopbackUpstream::Script script, std::string name = "anthropic") {
    upstream_ = std::make_unique<fake::LoopbackUpstream>(std::move(script));
    std::string address = upstream_->base_url();
    address.resize(address.size() - std::string_view("/v1").size());
    return make("anthropic", {.name = std::move(name), .base_url = address, .api_key = "sk-ant-secret12345"});
  }
  Result<Completion> ask(ChatEngine& engine) {
    NullSink sink;
    return run_task(io_, engine.complete(CallContext().with_timeout(20s), request_, sink));
  }

  ChatRequest request_{
      .model = "claude-haiku-5-5", .turns = {{Turn::Role::user, "What is this?", {}}}, .temperature = {}};
  boost::asio::io_context io_{1};
  net::HttpClient http_{io_, {.max_idle_per_origin = 4, .proxy_from_environment = false, .ca_file = {}}};
  CpuPool pool_{1};
  local::Runtime runtime_{{}};
  std::unique_ptr<fake::LoopbackUpstream> upstream_;
};

TEST_F(RemoteEngine, reaches_anthropic_below_an_address_without_v1) {
  std::string head;
  auto engine = serve([&](Exchange& exchange) {
    head = exchange.head;
    exchange.reply(200, whole_message);
  });
  const auto answer = ask(*engine);
  ASSERT_TRUE(answer) << sentence(answer.error());
  EXPECT_THAT(head, HasSubstr("POST /v1/messages HTTP/1.1"));
  EXPECT_THAT(head, HasSubstr("anthropic-version: 2023-06-01"));
  EXPECT_THAT(head, HasSubstr("x-api-key: sk-ant-secret12345"));
  EXPECT_THAT(head, Not(HasSubstr("Bearer")));
}

TEST_F(RemoteEngine, leaves_temperature_out_where_the_table_says_so_and_tells) {
  auto engine = serve([](Exchange& exchange) { exchange.reply(200, whole_message); });
  request_.temperature = 0.2;
  const auto answer = ask(*engine);
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->warnings, ElementsAre(HasSubstr("temperature")));
  EXPECT_THAT(upstream_->bodies().at(0), Not(HasSubstr("temperature")));
  request_.model = "claude-haiku-4-5";
  ASSERT_TRUE(ask(*engine));
  EXPECT_THAT(upstream_->bodies().at(1), HasSubstr(R"("temperature":0.2)"));
}

TEST_F(RemoteEngine, learns_that_a_model_has_no_output_format_and_uses_a_tool) {
  auto engine = serve([](Exchange& exchange) {
    if (exchange.body.contains("output_config"))
      return (void)exchange.reply(
          400,
          R"({"type":"error","error":{"type":"invalid_request_error","message":"output_config.format: Extra inputs are not permitted"}})");
    exchange.reply(
        200,
        exchange.body.contains("tool_choice")
            ? R"({"content":[{"type":"tool_use","name":"answer","input":{"n":4}}],"stop_reason":"tool_use"})"
            : whole_message);
  });
  request_.schema = AnswerSchema{R"({"type":"object","properties":{"n":{"type":"integer"}}})", "answer"};
  const auto first = ask(*engine);
  ASSERT_TRUE(first) << sentence(first.error());
  EXPECT_EQ(first->text, R"({"n":4})");
  EXPECT_EQ(upstream_->requests(), 2);
  const auto second = ask(*engine);
  ASSERT_TRUE(second);
  EXPECT_EQ(upstream_->requests(), 3) << "nothing is tried twice";
  EXPECT_THAT(second->warnings, ElementsAre(HasSubstr("schema")));
  request_.schema->json = "no json";
  EXPECT_EQ(ask(*engine).error().param, "schema");
}

TEST_F(RemoteEngine, needs_a_key_at_the_provider_itself) {
  auto engine = make("anthropic", {.name = "anthropic", .base_url = {}, .api_key = {}});
  const auto refused = ask(*engine);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::misconfigured);
  EXPECT_THAT(refused.error().hint, HasSubstr("ANTHROPIC_API_KEY"));
}

TEST_F(RemoteEngine, knows_claude_behind_any_name) {
  auto engine = serve([](Exchange& exchange) { exchange.reply(429, "{}"); }, "work");
  const EngineCard card = engine->card("claude-haiku-4-5");
  EXPECT_EQ(card.name, "work/claude-haiku-4-5");
  EXPECT_EQ(picture_tokens(card.tokens, {1092, 1092}, media::Detail::high), 1521);
  EXPECT_TRUE(card.json_schema);
  EXPECT_EQ(ask(*engine).error().code, Code::upstream_quota) << "its errors are Anthropic's";
}

TEST_F(RemoteEngine, gives_qwen_the_pixels_of_the_configuration) {
  EngineSettings settings{.name = "qwen", .base_url = {}, .api_key = "sk-x"};
  const auto card = [&](std::string_view model) { return make("openai", settings)->card(model); };
  constexpr media::Size photo{4000, 3000};
  const auto sent = [&](const EngineCard& c) { return fit(c.prepare.pixels, photo, media::Detail::high); };
  const EngineCard usual = card("qwen3-vl-plus");
  EXPECT_LE(sent(usual).pixels(), 2621440);
  settings.high_resolution = true;
  const EngineCard sharp = card("qwen3-vl-plus");
  EXPECT_EQ(sent(sharp), photo);
  EXPECT_EQ(picture_tokens(sharp.tokens, photo, media::Detail::high), 125 * 94 + 2);
  EXPECT_EQ(card("qwen-vl-ocr").tokens.max_pixels, 16384 * 28 * 28);
  settings.high_resolution = false;
  settings.max_pixels = 1'000'000;
  const EngineCard small = card("qwen3-vl-plus");
  EXPECT_LE(sent(small).pixels(), 1'000'000);
  EXPECT_LE(picture_tokens(small.tokens, photo, media::Detail::high), 1'000'000 / 1024 + 2);
}

TEST(PrepareRuleOfACard, shrinks_many_pictures_and_shares_the_bytes_of_a_request) {
  const EngineCard card = ModelTable::builtin().card("anthropic", "claude-opus-5-5");
  EXPECT_EQ(prepare_rule(card, 1).pixels.max_side, 2576);
  EXPECT_EQ(prepare_rule(card, 20).pixels.max_side, 2576);
  EXPECT_EQ(prepare_rule(card, 21).pixels.max_side, 2000);
  EXPECT_EQ(prepare_rule(card, 1).max_bytes, card.prepare.max_bytes);
  const auto share = prepare_rule(card, 100).max_bytes;
  EXPECT_LE(share * 100 / 3 * 4, 32'000'000);
  EXPECT_GT(share, 200'000);
  EXPECT_EQ(prepare_rule(EngineCard{}, 50).max_bytes, EngineCard{}.prepare.max_bytes);
}

}  // namespace
}  // namespace sensorium
