// The openai engine against servers that behave badly in every way we have read or thought of.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <random>
#include <thread>

#include "base/json.h"
#include "engine/fake/loopback_upstream.h"
#include "engine/local/runtime.h"
#include "engine/registry.h"
#include "exec/cpu_pool.h"
#include "exec/run_task.h"

namespace sensorium {
namespace {

using namespace std::chrono_literals;
using fake::Exchange;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view whole_answer =
    R"({"model":"m-1-dated","choices":[{"message":{"content":"A cat."},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":3}})";
constexpr std::string_view a_cat = "data: {\"choices\":[{\"delta\":{\"content\":\"A cat.\"}}]}\n\n";
constexpr std::string_view stop = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
constexpr std::string_view done = "data: [DONE]\n\n";

class Sink final : public TokenSink {
 public:
  Task<> text(std::string_view piece) override {
    all += piece;
    co_return Status{};
  }
  std::string all;
};

/// An engine named "acme" in front of a scripted server.
class Openai : public testing::Test {
 protected:
  void serve(fake::LoopbackUpstream::Script script) {
    upstream_ = std::make_unique<fake::LoopbackUpstream>(std::move(script));
    settings_.base_url = upstream_->base_url();
    create();
  }
  void create() {
    auto made = find_engine("openai")->create(settings_, resources());
    ASSERT_TRUE(made) << sentence(made.error());
    engine_ = std::move(*made);
  }
  EngineResources resources() { return {io_, http_, pool_, ModelTable::builtin(), runtime_}; }

  Result<Completion> ask(const CallContext& ctx = CallContext().with_timeout(20s)) {
    sink_.all.clear();
    return run_task(io_, engine_->complete(ctx, request_, sink_));
  }
  Error failure() {
    auto result = ask();
    EXPECT_FALSE(result.has_value());
    return result ? Error(Code::internal, "none") : std::move(result).error();
  }
  Error failure_of(int status, std::string_view body,
                   std::string_view headers = "Content-Type: application/json\r\n") {
    serve([=](Exchange& exchange) { exchange.reply(status, body, headers); });
    return failure();
  }

  EngineSettings settings_{.name = "acme", .base_url = {}, .api_key = "sk-topsecret123456"};
  ChatRequest request_{
      .model = "m-1", .turns = {{Turn::Role::user, "What is this?", {}}}, .temperature = {}, .stream = true};
  Sink sink_;
  boost::asio::io_context io_{1};
  net::HttpClient http_{io_, {.max_idle_per_origin = 64, .proxy_from_environment = false, .ca_file = {}}};
  CpuPool pool_{1};
  local::Runtime runtime_{{}};
  std::unique_ptr<fake::LoopbackUpstream> upstream_;
  std::unique_ptr<ChatEngine> engine_;
};

TEST_F(Openai, sends_a_request_that_servers_understand) {
  std::string head;
  serve([&](Exchange& exchange) {
    head = exchange.head;
    exchange.reply(200, whole_answer);
  });
  PicturePart part;
  part.picture.bytes = std::make_shared<const std::string>("abc");
  part.picture.mime = "image/png";
  request_.turns[0].pictures.push_back(part);
  request_.stream = false;
  const auto completion = ask();
  ASSERT_TRUE(completion) << sentence(completion.error());
  EXPECT_EQ(completion->text, "A cat.");
  EXPECT_EQ(completion->model, "m-1-dated");
  EXPECT_EQ(completion->usage.input_tokens, 7);
  EXPECT_THAT(head, HasSubstr("POST /v1/chat/completions HTTP/1.1\r\n"));
  EXPECT_THAT(head, HasSubstr("Authorization: Bearer sk-topsecret123456\r\n"));
  EXPECT_THAT(head, HasSubstr("Content-Type: application/json\r\n"));
  const auto body = json::parse(upstream_->bodies().at(0));
  ASSERT_TRUE(body) << "valid JSON";
  EXPECT_EQ(body->at("messages").at(0).at("content").at(0).at("image_url").at("url"),
            "data:image/png;base64,YWJj");
}

TEST_F(Openai, reuses_its_connection_after_whole_and_streamed_answers) {
  serve([](Exchange& exchange) {
    if (!exchange.body.contains("\"stream\":true")) return (void)exchange.reply(200, whole_answer);
    exchange.events();
    exchange.chunk(a_cat);
    exchange.chunk(std::string(stop) + std::string(done));
    exchange.end();
  });
  for (int i = 0; i < 6; ++i) {
    request_.stream = i % 2 == 0;
    ASSERT_TRUE(ask());
  }
  EXPECT_EQ(upstream_->connections(), 1);
}

TEST_F(Openai, never_tells_its_key) {
  const Error error = failure_of(
      401,
      R"({"error":{"message":"Incorrect API key provided: sk-topsecret123456.","code":"invalid_api_key"}})");
  EXPECT_EQ(error.code, Code::upstream_auth);
  EXPECT_THAT(sentence(error), Not(HasSubstr("topsecret")));
  EXPECT_THAT(sentence(error), HasSubstr("[key]"));
  EXPECT_THAT(error.notes, Not(Contains(HasSubstr("topsecret"))));
}

TEST_F(Openai, passes_on_when_to_come_back) {
  const Error error = failure_of(429, R"({"error":{"message":"slower","code":"rate_limit_exceeded"}})",
                                 "Retry-After: 7\r\nx-request-id: r-1\r\n");
  EXPECT_EQ(error.code, Code::upstream_rate_limited);
  EXPECT_EQ(error.retry_after, Milliseconds(7000));
  EXPECT_EQ(error.upstream_status, 429);
  EXPECT_THAT(error.notes, ElementsAre(HasSubstr("r-1")));
  EXPECT_EQ(failure_of(429, "{}").retry_after, std::nullopt);
}

TEST_F(Openai, maps_statuses_even_without_a_body_that_helps) {
  EXPECT_EQ(failure_of(500, "").code, Code::upstream_unavailable);
  EXPECT_EQ(failure_of(529, "").code, Code::upstream_overloaded);
  EXPECT_EQ(failure_of(502, "<html>Bad Gateway</html>", "Content-Type: text/html\r\n").code,
            Code::upstream_unavailable);
  EXPECT_EQ(failure_of(404, "<html>nginx</html>").code, Code::unknown_model);
  EXPECT_EQ(failure_of(301, "", "Location: https://elsewhere/\r\n").code, Code::upstream_protocol);
  EXPECT_EQ(failure_of(400, std::string(500'000, 'x')).code, Code::invalid_request);
}

TEST_F(Openai, a_web_page_instead_of_an_answer_is_told_as_such) {
  for (const bool streamed : {false, true}) {
    request_.stream = streamed;
    const Error error = failure_of(200, "<!doctype html><html>Welcome</html>", "Content-Type: text/html\r\n");
    EXPECT_EQ(error.code, Code::upstream_protocol);
    EXPECT_THAT(sentence(error), HasSubstr("web page"));
    EXPECT_THAT(sentence(error), HasSubstr("base_url"));
  }
}

TEST_F(Openai, a_cut_stream_is_an_error_after_the_text_that_came) {
  serve([](Exchange& exchange) {
    exchange.events();
    exchange.chunk(a_cat);
    exchange.cut();
  });
  EXPECT_EQ(failure().code, Code::upstream_broken_stream);
  EXPECT_EQ(sink_.all, "A cat.");
  serve([](Exchange& exchange) {
    exchange.events();
    exchange.chunk(a_cat);
    exchange.end();
  });
  EXPECT_EQ(failure().code, Code::upstream_broken_stream)
      << "ended properly, but without saying that it was complete";
}

TEST_F(Openai, a_cut_after_the_finish_reason_loses_nothing) {
  serve([](Exchange& exchange) {
    exchange.events();
    exchange.chunk(std::string(a_cat) + std::string(stop));
    exchange.cut();
  });
  const auto completion = ask();
  ASSERT_TRUE(completion) << sentence(completion.error());
  EXPECT_EQ(completion->text, "A cat.");
  EXPECT_FALSE(completion->usage.from_provider);
  EXPECT_GT(completion->usage.input_tokens, 0);
}

TEST_F(Openai, takes_a_stream_without_done_and_one_that_never_ends_its_body) {
  serve([](Exchange& exchange) {
    exchange.events();
    exchange.chunk(std::string(a_cat) + std::string(stop));
    exchange.end();
  });
  EXPECT_TRUE(ask());
  serve([](Exchange& exchange) {
    exchange.events();
    exchange.chunk(std::string(a_cat) + std::string(stop) + std::string(done));
    exchange.wait_closed(20s);
    exchange.cut();
  });
  const auto start = SteadyClock::now();
  EXPECT_TRUE(ask());
  EXPECT_LT(SteadyClock::now() - start, 5s) << "[DONE] is the end";
}

TEST_F(Openai, skips_garbage_and_says_so) {
  serve([](Exchange& exchange) {
    exchange.events();
    exchange.chunk(": keep-alive\n\ndata: {\"choi\n\n");
    exchange.chunk(a_cat);
    exchange.chunk(std::string("data: \xFF\xFE\n\n") + std::string(stop) + std::string(done));
    exchange.end();
  });
  const auto completion = ask();
  ASSERT_TRUE(completion) << sentence(completion.error());
  EXPECT_EQ(sink_.all, "A cat.");
  EXPECT_THAT(completion->warnings, ElementsAre(HasSubstr("2 events")));
}

TEST_F(Openai, takes_a_whole_answer_where_a_stream_was_asked_for) {
  serve([](Exchange& exchange) { exchange.reply(200, whole_answer); });
  const auto completion = ask();
  ASSERT_TRUE(completion) << sentence(completion.error());
  EXPECT_EQ(sink_.all, "A cat.");
  EXPECT_TRUE(completion->first_token);
}

TEST_F(Openai, takes_a_stream_that_does_not_say_it_is_one) {
  serve([](Exchange& exchange) {
    exchange.reply(200, std::string(a_cat) + std::string(stop) + std::string(done),
                   "Content-Type: text/plain\r\n");
  });
  ASSERT_TRUE(ask());
  EXPECT_EQ(sink_.all, "A cat.");
}

TEST_F(Openai, an_error_inside_a_stream_is_mapped) {
  serve([](Exchange& exchange) {
    exchange.events();
    exchange.chunk(a_cat);
    exchange.chunk("data: {\"error\":{\"message\":\"out of memory\",\"code\":500}}\n\n");
    exchange.end();
  });
  const Error error = failure();
  EXPECT_EQ(error.code, Code::upstream_unavailable);
  EXPECT_THAT(error.message, HasSubstr("out of memory"));
}

TEST_F(Openai, silence_before_and_within_an_answer_is_bounded) {
  settings_.first_token = 150ms;
  settings_.idle = 150ms;
  serve([](Exchange& exchange) {
    exchange.wait_closed(20s);
    exchange.cut();
  });
  const Error before = failure();
  EXPECT_EQ(before.code, Code::upstream_timeout);
  EXPECT_THAT(before.message, HasSubstr("acme"));
  serve([](Exchange& exchange) {
    exchange.events();
    exchange.chunk(a_cat);
    exchange.wait_closed(20s);
    exchange.cut();
  });
  EXPECT_EQ(failure().code, Code::upstream_timeout);
  EXPECT_EQ(sink_.all, "A cat.");
}

TEST_F(Openai, a_server_that_is_not_there_or_hangs_up_is_unavailable) {
  serve([](Exchange& exchange) { exchange.cut(); });
  EXPECT_EQ(failure().code, Code::upstream_unavailable);
  upstream_.reset();
  const Error error = failure();
  EXPECT_EQ(error.code, Code::upstream_unavailable);
  EXPECT_THAT(error.message, HasSubstr("acme"));
  EXPECT_FALSE(error.hint.empty());
}

/// Refuses the fields that newer models refuse, one at a time.
void picky(Exchange& exchange) {
  const auto refuse = [&](std::string_view field) {
    exchange.reply(
        400,
        fmt::format(
            R"({{"error":{{"message":"Unsupported parameter: '{0}'","param":"{0}","code":"unsupported_parameter"}}}})",
            field));
  };
  if (exchange.body.contains("\"max_tokens\"")) return refuse("max_tokens");
  if (exchange.body.contains("\"temperature\"")) return refuse("temperature");
  exchange.reply(200, whole_answer);
}

TEST_F(Openai, learns_once_per_model_what_it_refuses) {
  serve(picky);
  request_.temperature = 0.5;
  const auto first = ask();
  ASSERT_TRUE(first) << sentence(first.error());
  EXPECT_THAT(first->warnings, ElementsAre(HasSubstr("max_completion_tokens"), HasSubstr("temperature")));
  EXPECT_EQ(upstream_->requests(), 3);
  const auto second = ask();
  ASSERT_TRUE(second);
  EXPECT_EQ(upstream_->requests(), 4) << "nothing is tried twice";
  EXPECT_THAT(second->warnings, ElementsAre(HasSubstr("temperature")))
      << "what was left out is told every time";
  request_.model = "m-2";
  ASSERT_TRUE(ask());
  EXPECT_EQ(upstream_->requests(), 7) << "another model is another matter";
}

TEST_F(Openai, a_server_that_refuses_everything_is_given_up) {
  serve([](Exchange& exchange) {
    const bool renamed = exchange.body.contains("max_completion_tokens");
    exchange.reply(
        400, fmt::format(R"({{"error":{{"message":"no","param":"{}","code":"unsupported_parameter"}}}})",
                         renamed ? "max_completion_tokens" : "max_tokens"));
  });
  EXPECT_EQ(failure().code, Code::invalid_request);
  EXPECT_LE(upstream_->requests(), 6);
}

TEST_F(Openai, a_stop_closes_the_upstream_connection_at_once) {
  std::promise<Milliseconds> closed;
  std::stop_source stopper;
  serve([&](Exchange& exchange) {
    exchange.events();
    exchange.chunk(a_cat);
    const auto start = SteadyClock::now();
    stopper.request_stop();
    const bool gone = exchange.wait_closed(20s);
    closed.set_value(gone ? std::chrono::duration_cast<Milliseconds>(SteadyClock::now() - start) : 20s);
    exchange.cut();
  });
  const auto completion = ask(CallContext().with_timeout(20s).with_stop(stopper.get_token()));
  ASSERT_FALSE(completion);
  EXPECT_EQ(completion.error().code, Code::cancelled);
  EXPECT_LT(closed.get_future().get(), 500ms) << "100 ms is the promise; sanitizers are slow";
}

TEST_F(Openai, survives_deadlines_at_any_moment) {
  serve([](Exchange& exchange) {
    exchange.events();
    for (int i = 0; i < 20 && exchange.chunk(a_cat); ++i) std::this_thread::sleep_for(200us);
    exchange.chunk(std::string(stop) + std::string(done));
    exchange.end();
  });
  std::mt19937 random(7);
  std::uniform_int_distribution<int> limit(0, 12);
  int answered = 0, late = 0;
  for (int round = 0; round < 20; ++round) {
    std::vector<Sink> sinks(16);
    std::vector<CallContext> contexts;
    for (std::size_t i = 0; i < sinks.size(); ++i)
      contexts.push_back(CallContext().with_timeout(Milliseconds(limit(random))));
    std::vector<Task<Completion>> tasks;
    for (std::size_t i = 0; i < sinks.size(); ++i)
      tasks.push_back(engine_->complete(contexts[i], request_, sinks[i]));
    for (const auto& result : run_tasks(io_, std::move(tasks))) {
      if (result) ++answered;
      else if (result.error().code == Code::deadline_exceeded) ++late;
      else ADD_FAILURE() << sentence(result.error());
    }
  }
  EXPECT_EQ(answered + late, 320);
  EXPECT_GT(late, 0);
}

TEST_F(Openai, needs_a_key_a_model_and_an_address) {
  settings_ = EngineSettings{};
  settings_.name = "openai";
  create();
  const Error keyless = failure();
  EXPECT_EQ(keyless.code, Code::misconfigured);
  EXPECT_THAT(keyless.hint, HasSubstr("OPENAI_API_KEY"));

  request_.model.clear();
  EXPECT_EQ(failure().code, Code::unknown_model);

  for (const std::string address : {"", "localhost:8000", "ftp://x/", "http://user:pass@h/v1"}) {
    const auto made =
        find_engine("openai")->create({.name = "acme", .base_url = address, .api_key = {}}, resources());
    ASSERT_FALSE(made.has_value()) << address;
    EXPECT_EQ(made.error().code, Code::misconfigured);
    EXPECT_THAT(made.error().message, HasSubstr("[engines.acme]"));
    EXPECT_THAT(sentence(made.error()), Not(HasSubstr("pass@")));
  }
}

TEST_F(Openai, a_known_provider_behind_another_address_needs_no_key) {
  settings_ = EngineSettings{};
  settings_.name = "openai";
  serve([](Exchange& exchange) { exchange.reply(200, whole_answer); });
  ASSERT_TRUE(ask());
  EXPECT_THAT(upstream_->bodies().at(0), HasSubstr("max_completion_tokens")) << "the preset's traits stay";
  EXPECT_EQ(engine_->card("gpt-4o").name, "openai/gpt-4o");
  EXPECT_EQ(picture_tokens(engine_->card("gpt-4o").tokens, {1024, 1024}, media::Detail::high), 765);
}

}  // namespace
}  // namespace sensorium
