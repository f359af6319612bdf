// What every engine of the registry keeps to, whoever wrote it. A new engine gets these tests by its
// line in engines.def and a row in `contract_cases` that says how to make it answer, hang and refuse.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "engine/fake/loopback_upstream.h"
#include "engine/local/runtime.h"
#include "engine/registry.h"
#include "exec/cpu_pool.h"
#include "exec/guard.h"
#include "exec/run_task.h"

namespace sensorium {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

/// The promise is 100 ms; sanitizers and a busy machine get some more.
constexpr Milliseconds stop_within{1000};

/// How an engine is brought to each situation.
struct ContractCase {
  std::string_view engine;
  std::string answers;  ///< a model that answers in at least three pieces when streamed
  std::string hangs;    ///< a model that never answers
  std::string stalls;   ///< a model that says one piece and then nothing
  std::string unknown;  ///< a model that does not exist
};

const std::vector<ContractCase>& contract_cases() {
  static const std::vector<ContractCase> cases{
      {"openai", "answers", "hangs", "stalls", "unknown"},
      {"scripted", "text=One two three four.;pieces=4", "hang", "text=One two;pieces=2;delay=1h",
       "no such direction"},
  };
  return cases;
}

/// An OpenAI-compatible server that acts by the name of the model.
void act(fake::Exchange& exchange) {
  const auto asked = [&](std::string_view model) {
    return exchange.body.contains(fmt::format(R"("model":"{}")", model));
  };
  if (asked("hangs")) return (void)exchange.wait_closed(20s);
  if (asked("unknown"))
    return (void)exchange.reply(404, R"({"error":{"message":"no such model","code":"model_not_found"}})");
  if (!exchange.body.contains(R"("stream":true)"))
    return (void)exchange.reply(
        200,
        R"({"model":"answers","choices":[{"message":{"content":"One two three four."},"finish_reason":"stop"}],)"
        R"("usage":{"prompt_tokens":7,"completion_tokens":5}})");
  exchange.events();
  for (const std::string_view word : {"One ", "two ", "three ", "four."}) {
    exchange.chunk(fmt::format("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{}\"}}}}]}}\n\n", word));
    if (asked("stalls")) return (void)exchange.wait_closed(20s);
  }
  exchange.chunk("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
  exchange.end();
}

class RecordingSink final : public TokenSink {
 public:
  Task<> text(std::string_view piece) override {
    pieces.emplace_back(piece);
    if (on_piece) on_piece();
    if (pause.count() > 0) SN_CO_TRY(co_await sleep_for(CallContext(), pause));
    if (failure) co_return *failure;
    co_return Status{};
  }
  std::string joined() const {
    std::string all;
    for (const auto& piece : pieces) all += piece;
    return all;
  }

  std::vector<std::string> pieces;
  std::function<void()> on_piece;
  Milliseconds pause{0};
  std::optional<Error> failure;
};

class EngineContract : public testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override {
    const auto& cases = contract_cases();
    const auto found = std::ranges::find(cases, GetParam(), &ContractCase::engine);
    if (found == cases.end()) GTEST_SKIP() << "runs a child program; its contract is tested beside its code";
    case_ = *found;
    EngineSettings settings;
    settings.name = GetParam() == "openai" ? "openai" : std::string(GetParam());
    settings.base_url = upstream_.base_url();
    auto made =
        find_engine(GetParam())->create(settings, {io_, http_, pool_, ModelTable::builtin(), runtime_});
    ASSERT_TRUE(made) << sentence(made.error());
    engine_ = std::move(*made);
  }

  static ChatRequest question(std::string model, std::string text = "What is this?") {
    ChatRequest request;
    request.model = std::move(model);
    request.turns.push_back({Turn::Role::user, std::move(text), {}});
    return request;
  }
  static ChatRequest streamed(std::string model) {
    ChatRequest request = question(std::move(model));
    request.stream = true;
    return request;
  }
  static PicturePart picture() {
    PicturePart part;
    part.picture.bytes = std::make_shared<const std::string>("not really a picture");
    part.picture.mime = "image/png";
    part.picture.size = {64, 64};
    return part;
  }

  Result<Completion> ask(const ChatRequest& request, TokenSink& sink,
                         const CallContext& ctx = CallContext().with_timeout(20s)) {
    return run_task(io_, engine_->complete(ctx, request, sink));
  }
  Error refusal(const ChatRequest& request) {
    RecordingSink sink;
    auto result = ask(request, sink);
    EXPECT_FALSE(result.has_value()) << "it was answered";
    EXPECT_THAT(sink.pieces, IsEmpty());
    if (result) return Error(Code::internal, "none");
    EXPECT_FALSE(result.error().message.empty());
    EXPECT_FALSE(result.error().hint.empty()) << result.error().message;
    return std::move(result).error();
  }

  ContractCase case_;
  fake::LoopbackUpstream upstream_{act};
  boost::asio::io_context io_{1};
  net::HttpClient http_{io_, {.max_idle_per_origin = 64, .proxy_from_environment = false, .ca_file = {}}};
  CpuPool pool_{1};
  local::Runtime runtime_{{}};
  std::unique_ptr<ChatEngine> engine_;
};

TEST_P(EngineContract, answers_whole_without_touching_the_sink) {
  RecordingSink sink;
  const auto completion = ask(question(case_.answers), sink);
  ASSERT_TRUE(completion) << sentence(completion.error());
  EXPECT_EQ(completion->text, "One two three four.");
  EXPECT_THAT(sink.pieces, IsEmpty());
  EXPECT_FALSE(completion->model.empty());
  EXPECT_GT(completion->usage.input_tokens, 0);
  EXPECT_GT(completion->usage.output_tokens, 0);
}

TEST_P(EngineContract, streams_the_same_text_that_it_returns) {
  RecordingSink sink;
  const auto completion = ask(streamed(case_.answers), sink);
  ASSERT_TRUE(completion) << sentence(completion.error());
  EXPECT_EQ(sink.joined(), completion->text);
  EXPECT_EQ(completion->text, "One two three four.");
  EXPECT_TRUE(completion->first_token);
  EXPECT_GT(completion->usage.output_tokens, 0) << "estimated where none is reported";
}

TEST_P(EngineContract, waits_for_a_slow_sink) {
  RecordingSink sink;
  sink.pause = 5ms;
  const auto completion = ask(streamed(case_.answers), sink);
  ASSERT_TRUE(completion) << sentence(completion.error());
  EXPECT_EQ(sink.joined(), "One two three four.");
}

TEST_P(EngineContract, ends_with_the_error_of_the_sink) {
  RecordingSink sink;
  sink.failure = Error(Code::cancelled, "The reader is gone", "Nothing to do");
  const auto completion = ask(streamed(case_.answers), sink);
  ASSERT_FALSE(completion);
  EXPECT_EQ(completion.error().message, "The reader is gone");
  EXPECT_EQ(sink.pieces.size(), 1U) << "nothing more after the refusal";
}

TEST_P(EngineContract, refuses_what_cannot_be_asked) {
  EXPECT_EQ(refusal(question(case_.answers, "")).code, Code::invalid_request);
  EXPECT_EQ(refusal(question(case_.answers, " \n\t")).param, "prompt");
  auto request = question(case_.answers);
  request.turns.clear();
  EXPECT_EQ(refusal(request).code, Code::invalid_request);
  request = question(case_.answers);
  request.max_tokens = 0;
  EXPECT_EQ(refusal(request).param, "max_tokens");
  request = question(case_.answers);
  request.temperature = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(refusal(request).param, "temperature");
  request = question(case_.answers);
  request.turns.insert(request.turns.begin(), {Turn::Role::system, "Look at this", {picture()}});
  EXPECT_EQ(refusal(request).code, Code::invalid_request);
  EXPECT_EQ(upstream_.requests(), 0) << "none of it was sent";
}

TEST_P(EngineContract, refuses_more_pictures_than_its_card_says) {
  auto request = question(case_.answers);
  const int most = engine_->card(case_.answers).max_pictures;
  request.turns[0].pictures.assign(static_cast<std::size_t>(most) + 1, picture());
  const Error error = refusal(request);
  EXPECT_EQ(error.code, Code::model_limit);
  EXPECT_THAT(error.message, HasSubstr(std::to_string(most)));
}

TEST_P(EngineContract, does_not_know_a_model_that_does_not_exist) {
  EXPECT_EQ(refusal(question(case_.unknown)).code, Code::unknown_model);
}

TEST_P(EngineContract, does_nothing_for_a_call_that_is_already_over) {
  RecordingSink sink;
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = ask(streamed(case_.answers), sink, CallContext().with_stop(stop.get_token()));
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, Code::cancelled);
  const auto late = ask(streamed(case_.answers), sink, CallContext().with_timeout(0ms));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::deadline_exceeded);
  EXPECT_THAT(sink.pieces, IsEmpty());
}

TEST_P(EngineContract, stops_within_its_promise_while_waiting_and_while_streaming) {
  for (const auto& model : {case_.hangs, case_.stalls}) {
    RecordingSink sink;
    std::stop_source stop;
    TimePoint stopped_at;
    std::jthread stopper([&] {
      std::this_thread::sleep_for(30ms);
      stopped_at = SteadyClock::now();
      stop.request_stop();
    });
    const auto completion =
        ask(streamed(model), sink, CallContext().with_timeout(20s).with_stop(stop.get_token()));
    stopper.join();
    ASSERT_FALSE(completion) << model;
    EXPECT_EQ(completion.error().code, Code::cancelled) << model;
    EXPECT_LT(SteadyClock::now() - stopped_at, stop_within) << model;
    EXPECT_EQ(sink.pieces.size(), model == case_.stalls ? 1U : 0U) << model;
  }
}

TEST_P(EngineContract, keeps_to_the_deadline) {
  RecordingSink sink;
  const auto start = SteadyClock::now();
  const auto completion = ask(streamed(case_.stalls), sink, CallContext().with_timeout(50ms));
  ASSERT_FALSE(completion);
  EXPECT_EQ(completion.error().code, Code::deadline_exceeded);
  EXPECT_LT(SteadyClock::now() - start, 50ms + stop_within);
}

TEST_P(EngineContract, serves_many_calls_at_once) {
  constexpr std::size_t calls = 16;
  const ChatRequest request = streamed(case_.answers);
  const CallContext ctx = CallContext().with_timeout(20s);
  std::vector<RecordingSink> sinks(calls);
  std::vector<Task<Completion>> tasks;
  for (auto& sink : sinks) tasks.push_back(engine_->complete(ctx, request, sink));
  for (const auto& result : run_tasks(io_, std::move(tasks))) ASSERT_TRUE(result) << sentence(result.error());
  for (const auto& sink : sinks) EXPECT_EQ(sink.joined(), "One two three four.");
}

TEST_P(EngineContract, has_a_card_for_any_name) {
  for (const std::string& model : {std::string(), case_.answers, case_.unknown, std::string(10'000, 'x'),
                                   std::string("\0\xFF/../*", 7)}) {
    const EngineCard card = engine_->card(model);
    EXPECT_FALSE(card.name.empty());
    EXPECT_GE(card.max_pictures, 0);
    EXPECT_TRUE(card.prepare.as_is || !card.prepare.formats.empty());
    EXPECT_GT(card.prepare.max_bytes, 0);
  }
}

std::vector<std::string_view> engine_names() {
  std::vector<std::string_view> names;
  for (const EngineDef* def : engine_defs()) names.push_back(def->name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Engines, EngineContract, testing::ValuesIn(engine_names()),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace sensorium
