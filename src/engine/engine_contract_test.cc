// What every engine of the registry keeps to, whoever wrote it. A new engine gets these tests by its
// line in engines.def and its row in `contract_cases`.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "engine/fake/acting_upstream.h"
#include "engine/fake/model_child.h"
#include "engine/local/gguf_sample.h"
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
/// Long enough for a first piece to arrive.
constexpr Milliseconds stop_after{60};

constexpr std::string_view folder_mark = "{folder}";

/// How an engine is brought into a situation: by the name of the model ({folder} is the fixture's), by
/// the words of the prompt, or by what the picture holds.
struct Situation {
  std::string model;
  std::string prompt = "What is this?";
  std::string picture = {};  ///< its bytes; "": the question has none
};

/// A row per engine of the registry. A new engine is given one, or the suite fails.
struct ContractCase {
  std::string_view engine;
  std::string_view says;             ///< occurs in every answer
  Situation answers;                 ///< in at least one piece when streamed
  Situation hangs;                   ///< no answer ever
  std::optional<Situation> stalls;   ///< one piece and then nothing; for engines that generate
  std::optional<Situation> unknown;  ///< a model that does not exist; for engines that have several
};

const std::vector<ContractCase>& contract_cases() {
  static const std::vector<ContractCase> cases{
      {"anthropic", "three", {"answers"}, {"hangs"}, Situation{"stalls"}, Situation{"unknown"}},
      {"llama",
       "three",
       {"{folder}/tiny.gguf"},
       {"{folder}/tiny.gguf", "HANG"},
       Situation{"{folder}/tiny.gguf", "STALL"},
       Situation{"no-such-model"}},
      {"openai", "three", {"answers"}, {"hangs"}, Situation{"stalls"}, Situation{"unknown"}},
      {"reader",
       "three",
       {"", "What is written here?", "a page"},
       {"", "What is written here?", "HANG"},
       {},
       {}},
      {"scripted",
       "three",
       {"text=One two three four.;pieces=4"},
       {"hang"},
       Situation{"text=One two;pieces=2;delay=1h"},
       Situation{"no such direction"}},
  };
  return cases;
}

std::optional<ContractCase> case_of(std::string_view engine) {
  for (const auto& one : contract_cases())
    if (one.engine == engine) return one;
  return std::nullopt;
}

/// The header of a language model, and zeros for its weights.
std::string tiny_model() {
  local::testing::GgufSample sample;
  sample.text("general.architecture", "llama")
      .text("general.name", "Tiny")
      .text("tokenizer.chat_template", "{{ messages }}");
  sample.number("llama.context_length", 4096)
      .number("llama.block_count", 1)
      .number("llama.embedding_length", 32);
  sample.tensor("token_embd.weight", {256, 4}, 12, 0).tensor("output.weight", {32, 2}, 8, 1024);
  return sample.file();
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

/// An engine of the registry with everything it may need: a server, a child program.
class Engine : public testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override {
    const auto row = case_of(GetParam());
    ASSERT_TRUE(row) << "give " << GetParam() << " a row in contract_cases";
    case_ = *row;
    EngineSettings settings;
    settings.name = GetParam();
    settings.base_url = upstream_.base_url();
    auto made =
        find_engine(GetParam())->create(settings, {io_, http_, pool_, ModelTable::builtin(), runtime_});
    ASSERT_TRUE(made) << sentence(made.error());
    engine_ = std::move(*made);
  }

  static PicturePart picture(std::string bytes) {
    PicturePart part;
    part.picture.bytes = part.original.bytes = std::make_shared<const std::string>(std::move(bytes));
    part.picture.mime = "image/png";
    part.picture.size = part.original.facts.size = {64, 64};
    return part;
  }
  ChatRequest question(const Situation& situation) const {
    ChatRequest request;
    request.model = situation.model;
    if (const auto at = request.model.find(folder_mark); at != std::string::npos)
      request.model.replace(at, folder_mark.size(), child_.folder().string());
    request.turns.push_back({Turn::Role::user, situation.prompt, {}});
    if (!situation.picture.empty()) request.turns[0].pictures.push_back(picture(situation.picture));
    return request;
  }
  ChatRequest streamed(const Situation& situation) const {
    ChatRequest request = question(situation);
    request.stream = true;
    return request;
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
  /// Stops the call after a moment; says how it ended and how long the engine took to notice.
  std::pair<Result<Completion>, Milliseconds> stopped(const Situation& situation, TokenSink& sink) {
    std::stop_source stop;
    TimePoint stopped_at;
    std::jthread stopper([&] {
      std::this_thread::sleep_for(stop_after);
      stopped_at = SteadyClock::now();
      stop.request_stop();
    });
    auto result = ask(streamed(situation), sink, CallContext().with_timeout(20s).with_stop(stop.get_token()));
    const TimePoint end = SteadyClock::now();
    stopper.join();
    return {std::move(result), std::chrono::duration_cast<Milliseconds>(end - stopped_at)};
  }

  ContractCase case_;
  fake::LoopbackUpstream upstream_{fake::act};
  fake::ModelChild child_;
  boost::asio::io_context io_{1};
  net::HttpClient http_{io_, {.max_idle_per_origin = 64, .proxy_from_environment = false, .ca_file = {}}};
  CpuPool pool_{1};
  local::Runtime runtime_{runtime_options()};
  std::unique_ptr<ChatEngine> engine_;

 private:
  local::RuntimeOptions runtime_options() const {
    local::RuntimeOptions options;
    options.reader_program = options.llama_program = child_.program();
    options.models_dir = options.cache_dir = child_.folder();
    std::ofstream(child_.folder() / "tiny.gguf") << tiny_model();
    return options;
  }
};

class EngineContract : public Engine {};

TEST_P(EngineContract, answers_whole_without_touching_the_sink) {
  RecordingSink sink;
  const auto completion = ask(question(case_.answers), sink);
  ASSERT_TRUE(completion) << sentence(completion.error());
  EXPECT_THAT(completion->text, HasSubstr(std::string(case_.says)));
  EXPECT_THAT(sink.pieces, IsEmpty());
  EXPECT_FALSE(completion->model.empty());
}

TEST_P(EngineContract, streams_the_same_text_that_it_returns) {
  RecordingSink sink;
  const auto completion = ask(streamed(case_.answers), sink);
  ASSERT_TRUE(completion) << sentence(completion.error());
  EXPECT_EQ(sink.joined(), completion->text);
  EXPECT_THAT(completion->text, HasSubstr(std::string(case_.says)));
  EXPECT_TRUE(completion->first_token);
}

TEST_P(EngineContract, waits_for_a_slow_sink) {
  RecordingSink sink;
  sink.pause = 5ms;
  const auto completion = ask(streamed(case_.answers), sink);
  ASSERT_TRUE(completion) << sentence(completion.error());
  EXPECT_EQ(sink.joined(), completion->text);
}

TEST_P(EngineContract, ends_with_the_error_of_the_sink) {
  RecordingSink sink;
  sink.failure = Error(Code::cancelled, "The reader is gone", "Nothing to do");
  const auto completion = ask(streamed(case_.answers), sink);
  ASSERT_FALSE(completion);
  EXPECT_EQ(completion.error().message, "The reader is gone");
  EXPECT_EQ(sink.pieces.size(), 1U) << "nothing more after the refusal";
}

TEST_P(EngineContract, refuses_more_pictures_than_its_card_says) {
  auto request = question(case_.answers);
  const int most = engine_->card(request.model).max_pictures;
  request.turns[0].pictures.assign(static_cast<std::size_t>(most) + 1, picture("one of many"));
  const Error error = refusal(request);
  EXPECT_EQ(error.code, Code::model_limit);
  if (most > 0) EXPECT_THAT(error.message, HasSubstr(std::to_string(most)));
}

TEST_P(EngineContract, refuses_a_call_without_a_question) {
  auto request = question(case_.answers);
  request.turns.clear();
  EXPECT_EQ(refusal(request).code, Code::invalid_request);
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

TEST_P(EngineContract, stops_within_its_promise_while_it_waits) {
  RecordingSink sink;
  ASSERT_TRUE(ask(question(case_.answers), sink)) << "warm, so that a child's start is not measured";
  const auto [completion, took] = stopped(case_.hangs, sink);
  ASSERT_FALSE(completion);
  EXPECT_EQ(completion.error().code, Code::cancelled);
  EXPECT_LT(took, stop_within);
  EXPECT_THAT(sink.pieces, IsEmpty());
}

TEST_P(EngineContract, keeps_to_the_deadline) {
  RecordingSink sink;
  ASSERT_TRUE(ask(question(case_.answers), sink));
  const auto start = SteadyClock::now();
  const auto completion = ask(streamed(case_.hangs), sink, CallContext().with_timeout(50ms));
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
  for (const auto& sink : sinks) EXPECT_THAT(sink.joined(), HasSubstr(std::string(case_.says)));
}

TEST_P(EngineContract, has_a_card_for_any_name) {
  for (const std::string& model :
       {std::string(), case_.answers.model, std::string(10'000, 'x'), std::string("\0\xFF/../*", 7)}) {
    const EngineCard card = engine_->card(model);
    EXPECT_FALSE(card.name.empty());
    EXPECT_GE(card.max_pictures, 0);
    EXPECT_TRUE(card.prepare.as_is || !card.prepare.formats.empty());
    EXPECT_GT(card.prepare.max_bytes, 0);
  }
}

/// For engines that generate text: their numbers mean something and their streams take time.
class GeneratorContract : public Engine {};

TEST_P(GeneratorContract, counts_tokens_or_estimates_them) {
  RecordingSink sink;
  for (const bool stream : {false, true}) {
    ChatRequest request = question(case_.answers);
    request.stream = stream;
    const auto completion = ask(request, sink);
    ASSERT_TRUE(completion) << sentence(completion.error());
    EXPECT_GT(completion->usage.input_tokens, 0) << stream;
    EXPECT_GT(completion->usage.output_tokens, 0) << stream;
  }
}

TEST_P(GeneratorContract, stops_within_its_promise_while_it_streams) {
  RecordingSink warm, sink;
  ASSERT_TRUE(ask(question(case_.answers), warm));
  const auto [completion, took] = stopped(*case_.stalls, sink);
  ASSERT_FALSE(completion);
  EXPECT_EQ(completion.error().code, Code::cancelled);
  EXPECT_LT(took, stop_within);
  EXPECT_EQ(sink.pieces.size(), 1U);
}

TEST_P(GeneratorContract, refuses_what_cannot_be_asked) {
  Situation silent = case_.answers;
  silent.prompt = "";
  EXPECT_EQ(refusal(question(silent)).code, Code::invalid_request);
  silent.prompt = " \n\t";
  EXPECT_EQ(refusal(question(silent)).param, "prompt");
  auto request = question(case_.answers);
  request.max_tokens = 0;
  EXPECT_EQ(refusal(request).param, "max_tokens");
  request = question(case_.answers);
  request.temperature = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(refusal(request).param, "temperature");
  request = question(case_.answers);
  request.turns.insert(request.turns.begin(),
                       {Turn::Role::system, "Look at this", {picture("out of place")}});
  EXPECT_EQ(refusal(request).code, Code::invalid_request);
  EXPECT_EQ(upstream_.requests(), 0) << "none of it was sent";
}

TEST_P(GeneratorContract, does_not_know_a_model_that_does_not_exist) {
  EXPECT_EQ(refusal(question(*case_.unknown)).code, Code::unknown_model);
}

std::vector<std::string_view> engine_names() {
  std::vector<std::string_view> names;
  for (const EngineDef* def : engine_defs()) names.push_back(def->name);
  return names;
}

std::vector<std::string_view> generator_names() {
  auto names = engine_names();
  std::erase_if(names, [](std::string_view name) {
    const auto row = case_of(name);
    return row && !row->stalls;
  });
  return names;
}

std::string test_name(const testing::TestParamInfo<std::string_view>& info) {
  return std::string(info.param);
}

INSTANTIATE_TEST_SUITE_P(Engines, EngineContract, testing::ValuesIn(engine_names()), test_name);
INSTANTIATE_TEST_SUITE_P(Engines, GeneratorContract, testing::ValuesIn(generator_names()), test_name);

}  // namespace
}  // namespace sensorium
