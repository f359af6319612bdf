// Local models through the real llama-server: text that streams, pictures that arrive, and everything
// that goes wrong between us and a model process. The models are weak or random on purpose.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/text.h"
#include "engine/local/folders.h"
#include "engine/local/installed.h"
#include "engine/local/runtime.h"
#include "engine/registry.h"
#include "exec/cpu_pool.h"
#include "exec/run_task.h"
#include "flat_png.h"

namespace sensorium {
namespace {

using namespace std::chrono_literals;
using sensorium::testing::Colour;
using sensorium::testing::flat_picture;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Colour red{220, 20, 20}, blue{20, 20, 220};
const std::string smollm = "smollm2-135m-instruct.q4_1", vlm = "tiny-vlm";

class Recorder final : public TokenSink {
 public:
  Task<> text(std::string_view piece) override {
    pieces.emplace_back(piece);
    if (on_piece) on_piece(pieces.size());
    co_return Status{};
  }
  std::string joined() const {
    std::string all;
    for (const auto& piece : pieces) all += piece;
    return all;
  }
  std::vector<std::string> pieces;
  std::function<void(std::size_t)> on_piece;
};

/// One models folder for all tests: both models imported in place.
class LlamaServerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto pattern = (std::filesystem::temp_directory_path() / "sn-llama-XXXXXX").string();
    folder() = ::mkdtemp(pattern.data());
    const std::string models = default_cache_dir() + "/test-models";
    const auto text = local::import_model(
        folder(),
        {.path = models + "/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", .projector = {}, .name = smollm});
    const auto sees = local::import_model(
        folder(), {.path = models + "/tiny-vlm/tiny-vlm.gguf", .projector = {}, .name = vlm});
    if (!text) missing() = sentence(text.error());
    else if (!sees) missing() = sentence(sees.error());
    else if (auto program = local::Runtime({}).llama_program(); !program)
      missing() = sentence(program.error());
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder()); }

  void SetUp() override {
    if (!missing().empty()) GTEST_SKIP() << "./dev test fetches what is missing: " << missing();
    start({});
  }

  void start(local::RuntimeOptions options) {
    options.models_dir = folder();
    options.threads = 1;
    engine_.reset();
    runtime_ = std::make_unique<local::Runtime>(std::move(options));
    EngineSettings settings;
    settings.name = "local";
    settings.first_token = 120s;
    engine_ = std::move(
        *find_engine("llama")->create(settings, {io_, http_, pool_, ModelTable::builtin(), *runtime_}));
  }

  static ChatRequest question(std::string model, std::string text, int max_tokens = 24) {
    ChatRequest request;
    request.model = std::move(model);
    request.turns.push_back({Turn::Role::user, std::move(text), {}});
    request.max_tokens = max_tokens;
    request.temperature = 0;
    return request;
  }
  static ChatRequest about(PicturePart picture) {
    auto request = question(vlm, "What is this?", 12);
    request.turns.front().pictures.push_back(std::move(picture));
    return request;
  }
  static ChatRequest streamed(ChatRequest request) {
    request.stream = true;
    return request;
  }

  Result<Completion> ask(const ChatRequest& request,
                         const CallContext& ctx = CallContext().with_timeout(150s)) {
    recorder_.pieces.clear();
    return run_task(io_, engine_->complete(ctx, request, recorder_));
  }
  int child_pid() const {
    for (const auto& state : runtime_->states())
      if (state.pid > 0) return state.pid;
    return 0;
  }

  static std::filesystem::path& folder() {
    static std::filesystem::path path;
    return path;
  }
  static std::string& missing() {
    static std::string what;
    return what;
  }
  /// A copy of the tiny model under a new name, with its bytes changed by `change`.
  template <class Change>
  static void add_changed(const std::string& name, Change change) {
    std::ifstream source(default_cache_dir() + "/test-models/tiny-vlm/tiny-vlm.gguf", std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(source), {}};
    change(bytes);
    std::ofstream(folder() / (name + ".gguf"), std::ios::binary) << bytes;
  }

  boost::asio::io_context io_{1};
  net::HttpClient http_{io_};
  CpuPool pool_{1};
  std::unique_ptr<local::Runtime> runtime_;
  std::unique_ptr<ChatEngine> engine_;
  Recorder recorder_;
};

TEST_F(LlamaServerTest, StreamsTextOfARealModel) {
  const auto answer = ask(streamed(question(smollm, "What is the capital of France?")));
  ASSERT_TRUE(answer) << sentence(answer.error());
  EXPECT_GT(recorder_.pieces.size(), 2U);
  EXPECT_EQ(recorder_.joined(), answer->text);
  EXPECT_TRUE(text::valid_utf8(answer->text));
  const auto whole = ask(question(smollm, "What is the capital of France?"));
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->text, answer->text) << "at temperature 0, streamed or not";
  EXPECT_THAT(recorder_.pieces, IsEmpty());
  EXPECT_TRUE(answer->usage.from_provider);
  EXPECT_GT(answer->usage.input_tokens, 10);
  EXPECT_GT(answer->usage.output_tokens, 2);
  EXPECT_TRUE(answer->first_token);
  EXPECT_EQ(answer->model, smollm);
}

TEST_F(LlamaServerTest, TheLimitOfTokensEndsAnAnswer) {
  const auto answer = ask(question(smollm, "Tell me a long story about the sea.", 5));
  ASSERT_TRUE(answer) << sentence(answer.error());
  EXPECT_EQ(answer->finish_reason, FinishReason::length);
  EXPECT_EQ(answer->usage.output_tokens, 5);
  EXPECT_THAT(recorder_.pieces, IsEmpty());
}

TEST_F(LlamaServerTest, PicturesArrive) {
  const auto first = ask(about(flat_picture({224, 224}, red)));
  ASSERT_TRUE(first) << sentence(first.error());
  const auto same = ask(about(flat_picture({224, 224}, red)));
  const auto other = ask(about(flat_picture({224, 224}, blue)));
  const auto larger = ask(streamed(about(flat_picture({448, 448}, red))));
  ASSERT_TRUE(same && other && larger);
  EXPECT_EQ(first->text, same->text);
  EXPECT_NE(first->text, other->text) << "the answer must depend on the pixels";
  EXPECT_GE(larger->usage.input_tokens - first->usage.input_tokens, 150) << "256 instead of 64 patches";
  EXPECT_GT(first->usage.image_tokens, 0);
  EXPECT_EQ(recorder_.joined(), larger->text);
}

TEST_F(LlamaServerTest, CardsFollowTheFiles) {
  const auto text = engine_->card(smollm), sees = engine_->card(vlm);
  EXPECT_EQ(text.max_pictures, 0);
  EXPECT_GT(sees.max_pictures, 0);
  EXPECT_EQ(sees.where, EngineCard::Where::local);
  EXPECT_EQ(sees.context_tokens, 8192);
  ASSERT_TRUE(sees.price);
  EXPECT_EQ(sees.price->input, 0);
  EXPECT_EQ(engine_->card("never-heard-of").name, "local/never-heard-of");
}

TEST_F(LlamaServerTest, ATextModelTakesNoPictures) {
  auto request = question(smollm, "What is this?");
  request.turns.front().pictures.push_back(flat_picture({64, 64}, red));
  const auto answer = ask(request);
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, HasSubstr("picture"));
  EXPECT_EQ(child_pid(), 0) << "nothing needs to be started for that";
}

TEST_F(LlamaServerTest, BytesThatAreNoPictureAreTheCallersFault) {
  auto picture = flat_picture({64, 64}, red);
  picture.picture.bytes = std::make_shared<const std::string>("not a picture at all");
  const auto answer = ask(about(picture));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::invalid_request) << sentence(answer.error());
}

TEST_F(LlamaServerTest, AQuestionBeyondTheContextIsALimitOfTheModel) {
  std::string words;
  for (int i = 0; i < 12'000; ++i) words += "word ";
  const auto answer = ask(question(smollm, words));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::model_limit) << sentence(answer.error());
}

TEST_F(LlamaServerTest, KilledInMidAnswerIsABrokenStreamAndTheNextCallWorks) {
  recorder_.on_piece = [&](std::size_t count) {
    if (count == 2) ::kill(child_pid(), SIGKILL);
  };
  const auto broken = ask(streamed(question(smollm, "Tell me a long story about the sea.", 400)));
  recorder_.on_piece = nullptr;
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, Code::upstream_broken_stream) << sentence(broken.error());
  EXPECT_THAT(broken.error().message, HasSubstr("killed by signal 9"));
  const auto next = ask(question(smollm, "Hello!"));
  EXPECT_TRUE(next) << sentence(next.error());
}

TEST_F(LlamaServerTest, AStopEndsTheCallAtOnceAndFreesTheModel) {
  std::stop_source source;
  TimePoint stopped;
  recorder_.on_piece = [&](std::size_t count) {
    if (count != 2) return;
    stopped = SteadyClock::now();
    source.request_stop();
  };
  const auto answer = ask(streamed(question(smollm, "Tell me a long story about the sea.", 2000)),
                          CallContext("r", TimePoint::max(), source.get_token()));
  recorder_.on_piece = nullptr;
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::cancelled);
  EXPECT_LT(SteadyClock::now() - stopped, 500ms);
  const auto begin = SteadyClock::now();
  EXPECT_TRUE(ask(question(smollm, "Hello!", 2)));
  EXPECT_LT(SteadyClock::now() - begin, 20s) << "2000 tokens would take longer";
}

TEST_F(LlamaServerTest, SeveralQuestionsShareOneModel) {
  const auto ctx = CallContext().with_timeout(150s);
  const auto request = question(vlm, "Hello!", 6);
  std::vector<Recorder> sinks(4);
  std::vector<Task<Completion>> tasks;
  for (auto& sink : sinks) tasks.push_back(engine_->complete(ctx, request, sink));
  for (const auto& answer : run_tasks(io_, std::move(tasks))) EXPECT_TRUE(answer) << sentence(answer.error());
  EXPECT_EQ(runtime_->states().size(), 1U);
}

TEST_F(LlamaServerTest, ATruncatedModelIsToldBeforeAnythingStarts) {
  add_changed("cut", [](std::string& bytes) { bytes.resize(bytes.size() / 2); });
  const auto answer = ask(question("cut", "Hello!"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::misconfigured);
  EXPECT_THAT(answer.error().message, HasSubstr("is cut off"));
  EXPECT_FALSE(answer.error().hint.empty());
  EXPECT_THAT(runtime_->states(), IsEmpty());
}

TEST_F(LlamaServerTest, AModelThatLlamaServerRefusesIsToldInItsWords) {
  add_changed("strange", [](std::string& bytes) { bytes.replace(bytes.find("qwen2vl"), 7, "quantum"); });
  const auto answer = ask(question("strange", "Hello!"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::upstream_unavailable);
  EXPECT_THAT(answer.error().message, HasSubstr("at its start"));
  EXPECT_THAT(answer.error().message, HasSubstr("unknown model architecture"));
  EXPECT_THAT(answer.error().hint, HasSubstr("strange.gguf"));
}

TEST_F(LlamaServerTest, AMissingProgramIsNotBuiltIn) {
  local::RuntimeOptions options;
  options.llama_program = "/nowhere/llama-server";
  start(std::move(options));
  const auto answer = ask(question(smollm, "Hello!"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::not_built_in);
  EXPECT_THAT(answer.error().hint, HasSubstr("llama"));
}

TEST_F(LlamaServerTest, TooLittleMemoryNamesNeedAndWayOut) {
  local::RuntimeOptions options;
  options.free_memory = [] { return std::int64_t{50} << 20; };
  start(std::move(options));
  const auto answer = ask(question(smollm, "Hello!"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::upstream_unavailable);
  EXPECT_THAT(answer.error().message, HasSubstr("50.0 MiB are free"));
  EXPECT_THAT(answer.error().hint, HasSubstr("-m"));
}

TEST_F(LlamaServerTest, AModelByPathIsAskedWhereThatIsAllowed) {
  const std::string path = default_cache_dir() + "/test-models/tiny-vlm/tiny-vlm.gguf";
  EXPECT_GT(engine_->card(path).max_pictures, 0) << "the projector beside it is found";
  const auto answer = ask(question(path, "Hello!", 4));
  EXPECT_TRUE(answer) << sentence(answer.error());
  local::RuntimeOptions options;
  options.model_paths = false;
  start(std::move(options));
  EXPECT_EQ(ask(question(path, "Hello!")).error().code, Code::forbidden);
}

TEST_F(LlamaServerTest, UnknownModelsAreNamed) {
  const auto answer = ask(question("tiny-vlmm", "Hello!"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::unknown_model);
  EXPECT_THAT(answer.error().hint, HasSubstr("tiny-vlm"));
  EXPECT_THAT(ask(question("smolvlm-256m", "Hello!")).error().hint, HasSubstr("models pull smolvlm-256m"));
  EXPECT_EQ(ask(question("../../etc/passwd", "Hello!")).error().code, Code::unknown_model);
  EXPECT_EQ(ask(question("", "Hello!")).error().code, Code::unknown_model);
}

}  // namespace
}  // namespace sensorium
