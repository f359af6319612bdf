// CachedEngine: what is given again, what never is, and how identical questions share one call.
#include "flow/cached_engine.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "exec/guard.h"
#include "exec/run_task.h"
#include "flow/cache_key.h"
#include "flow/completion_bytes.h"

namespace sensorium::flow {
namespace {

const CallContext anyone;

/// What the engine does with each call; shared by the engines of several threads.
struct Script {
  std::atomic<int> calls = 0, running = 0, cancelled = 0;
  Milliseconds time{0};
  int pieces = 1;
  std::function<Result<Completion>(int call)> answer = [](int) -> Result<Completion> {
    Completion completion;
    completion.text = "a red box";
    completion.model = "m";
    completion.usage = {11, 7, 5, 3, true};
    return completion;
  };
};

class ScriptedCalls final : public ChatEngine {
 public:
  explicit ScriptedCalls(Script& script) : script_(script) {}
  EngineCard card(std::string_view) const override { return {}; }
  Task<Completion> complete(const CallContext& ctx, const ChatRequest& request, TokenSink& sink) override {
    const int call = script_.calls++;
    ++script_.running;
    auto done = co_await guarded(ctx, play(ctx, request, sink, call));
    --script_.running;
    if (!done && done.error().code == Code::cancelled) ++script_.cancelled;
    co_return done;
  }

 private:
  Task<Completion> play(const CallContext& ctx, const ChatRequest& request, TokenSink& sink, int call) {
    auto result = script_.answer(call);
    const std::string text = result ? result->text : "half";
    for (int i = 0; i < script_.pieces; ++i) {
      if (script_.time.count() > 0) SN_CO_TRY(co_await sleep_for(ctx, script_.time));
      const auto from = text.size() * static_cast<std::size_t>(i) / static_cast<std::size_t>(script_.pieces);
      const auto to =
          text.size() * static_cast<std::size_t>(i + 1) / static_cast<std::size_t>(script_.pieces);
      if (request.stream && result)
        SN_CO_TRY(co_await sink.text(std::string_view(text).substr(from, to - from)));
    }
    co_return result;
  }
  Script& script_;
};

class Collect final : public TokenSink {
 public:
  explicit Collect(std::size_t fail_after = SIZE_MAX) : fail_after_(fail_after) {}
  std::string text_seen;
  int pieces = 0;
  Task<> text(std::string_view piece) override {
    text_seen += piece;
    if (text_seen.size() >= fail_after_) co_return Error(Code::cancelled, "The client left");
    ++pieces;
    co_return Status{};
  }

 private:
  std::size_t fail_after_;
};

struct Fixture : testing::Test {
  Script script;
  store::AnswerCache cache{{}, nullptr};
  Flights flights;
  std::mutex mutex;
  std::map<std::string, int> counts;
  AnswerSharing sharing{cache, flights, [this](std::string_view tier, std::string_view result) {
                          const std::scoped_lock lock(mutex);
                          ++counts[std::string(tier) + " " + std::string(result)];
                        }};
  CachedEngine engine{std::make_unique<ScriptedCalls>(script), "test", sharing};

  static ChatRequest question(std::string prompt = "What is this?", CacheUse use = CacheUse::use,
                              bool stream = false) {
    ChatRequest request;
    request.model = "m";
    request.turns.push_back({Turn::Role::user, std::move(prompt), {}});
    request.cache = use;
    request.stream = stream;
    return request;
  }
  Result<Completion> ask(const ChatRequest& request) {
    NullSink sink;
    return run_task(engine.complete(anyone, request, sink));
  }
};

using CachedEngineTest = Fixture;

TEST_F(CachedEngineTest, SecondTimeIsAHit) {
  const auto first = ask(question()), second = ask(question());
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->cache, CacheOutcome::miss);
  EXPECT_EQ(second->cache, CacheOutcome::hit);
  EXPECT_EQ(second->text, first->text);
  EXPECT_EQ(second->usage.output_tokens, 5);
  EXPECT_EQ(script.calls, 1);
  EXPECT_EQ(counts["memory hit"], 1);
  EXPECT_EQ(flights.size(), 0U);
}

TEST_F(CachedEngineTest, HitIsReplayedAsAStream) {
  std::string long_text;
  for (int i = 0; i < 3000; ++i) long_text += "é字";
  script.answer = [&](int) -> Result<Completion> {
    Completion completion;
    completion.text = long_text;
    return completion;
  };
  ASSERT_TRUE(ask(question()));
  Collect sink;
  const auto hit = run_task(engine.complete(anyone, question("What is this?", CacheUse::use, true), sink));
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->cache, CacheOutcome::hit);
  EXPECT_EQ(sink.text_seen, long_text);
  EXPECT_GT(sink.pieces, 1);
}

TEST_F(CachedEngineTest, OffNeitherReadsNorKeepsNorJoins) {
  ASSERT_TRUE(ask(question()));
  EXPECT_EQ(ask(question("What is this?", CacheUse::off))->cache, CacheOutcome::off);
  EXPECT_EQ(ask(question("other", CacheUse::off))->cache, CacheOutcome::off);
  EXPECT_EQ(ask(question("other"))->cache, CacheOutcome::miss);
  EXPECT_EQ(script.calls, 4);
}

TEST_F(CachedEngineTest, RefreshAsksAnewAndKeepsTheNewAnswer) {
  script.answer = [](int call) -> Result<Completion> {
    Completion completion;
    completion.text = "answer " + std::to_string(call);
    return completion;
  };
  EXPECT_EQ(ask(question())->text, "answer 0");
  const auto refreshed = ask(question("What is this?", CacheUse::refresh));
  EXPECT_EQ(refreshed->text, "answer 1");
  EXPECT_EQ(refreshed->cache, CacheOutcome::miss);
  EXPECT_EQ(ask(question())->text, "answer 1");
}

TEST_F(CachedEngineTest, RefusalsErrorsAndCutAnswersAreNeverKept) {
  const auto never_kept = [this](std::function<Result<Completion>(int)> answer, const std::string& prompt) {
    script.answer = std::move(answer);
    const int before = script.calls;
    (void)ask(question(prompt));
    (void)ask(question(prompt));
    EXPECT_EQ(script.calls - before, 2) << prompt;
  };
  for (const FinishReason reason :
       {FinishReason::content_filter, FinishReason::length, FinishReason::tool_calls})
    never_kept(
        [reason](int) -> Result<Completion> {
          Completion completion;
          completion.text = "no";
          completion.finish_reason = reason;
          return completion;
        },
        std::string(name(reason)));
  never_kept([](int) -> Result<Completion> { return Error(Code::upstream_overloaded, "no"); }, "error");
  never_kept([](int) -> Result<Completion> { return Completion{}; }, "empty");
  never_kept(
      [](int) -> Result<Completion> {
        Completion completion;
        completion.text = "half of it";
        completion.lossy = true;
        return completion;
      },
      "lossy");
}

TEST_F(CachedEngineTest, BytesThatAreNoAnswerAreAMiss) {
  const auto key = cache_key("test", question());
  for (const std::string& bytes :
       {std::string(), std::string("SnC2"), std::string("SnC2\xff\xff\xff\xff\xff\xff\xff\xff", 12),
        std::string(200, '\0'), to_bytes(Completion{}) + "x"}) {
    cache.put(key, bytes);
    const int before = script.calls;
    const auto done = ask(question());
    ASSERT_TRUE(done);
    EXPECT_EQ(done->cache, CacheOutcome::miss);
    EXPECT_EQ(script.calls, before + 1);
  }
}

TEST_F(CachedEngineTest, IdenticalQuestionsInFlightShareOneCall) {
  script.time = Milliseconds(10);
  script.pieces = 3;
  std::vector<std::unique_ptr<Collect>> sinks;
  std::vector<ChatRequest> requests(300, question("same", CacheUse::use, true));
  std::vector<Task<Completion>> tasks;
  for (auto& request : requests) {
    sinks.push_back(std::make_unique<Collect>());
    tasks.push_back(engine.complete(anyone, request, *sinks.back()));
  }
  boost::asio::io_context io(1);
  const auto done = run_tasks(io, std::move(tasks));
  EXPECT_EQ(script.calls, 1);
  int misses = 0;
  for (std::size_t i = 0; i < done.size(); ++i) {
    ASSERT_TRUE(done[i]) << sentence(done[i].error());
    misses += done[i]->cache == CacheOutcome::miss;
    EXPECT_EQ(done[i]->text, "a red box");
    EXPECT_EQ(sinks[i]->text_seen, "a red box");
  }
  EXPECT_EQ(misses, 1);
  EXPECT_EQ(counts["flight joined"], 299);
  EXPECT_EQ(flights.size(), 0U);
}

TEST_F(CachedEngineTest, WholeAndStreamedQuestionsShareACall) {
  script.time = Milliseconds(5);
  const auto whole = question("same"), streamed = question("same", CacheUse::use, true);
  NullSink nothing;
  Collect sink;
  std::vector<Task<Completion>> tasks;
  tasks.push_back(engine.complete(anyone, whole, nothing));
  tasks.push_back(engine.complete(anyone, streamed, sink));
  boost::asio::io_context io(1);
  const auto done = run_tasks(io, std::move(tasks));
  EXPECT_EQ(script.calls, 1);
  ASSERT_TRUE(done[0] && done[1]);
  EXPECT_EQ(sink.text_seen, "a red box");
}

TEST_F(CachedEngineTest, CallGoesOnWhenTheFirstCallerLeaves) {
  script.time = Milliseconds(20);
  script.pieces = 4;
  const auto request = question("same", CacheUse::use, true);
  std::stop_source first_leaves;
  const CallContext leaving("", TimePoint::max(), first_leaves.get_token());
  Collect first_sink(1), second_sink;
  std::vector<Task<Completion>> tasks;
  tasks.push_back(guarded(leaving, engine.complete(leaving, request, first_sink)));
  tasks.push_back(engine.complete(anyone, request, second_sink));
  boost::asio::io_context io(1);
  const auto done = run_tasks(io, std::move(tasks));
  EXPECT_FALSE(done[0]);
  ASSERT_TRUE(done[1]) << sentence(done[1].error());
  EXPECT_EQ(second_sink.text_seen, "a red box");
  EXPECT_EQ(done[1]->cache, CacheOutcome::joined);
  EXPECT_EQ(script.calls, 1);
  EXPECT_EQ(script.cancelled, 0);
}

Task<> stop_after(std::stop_source& source, Milliseconds time) {
  SN_CO_TRY(co_await sleep_for(CallContext(), time));
  source.request_stop();
  co_return Status{};
}

Task<> forget(Task<Completion> task, std::optional<Code>& code) {
  const auto done = co_await std::move(task);
  if (!done) code = done.error().code;
  co_return Status{};
}

TEST_F(CachedEngineTest, LastToLeaveStopsTheCallAndWaitsForItsEnd) {
  script.time = Milliseconds(60'000);
  std::stop_source source;
  const CallContext leaving("", TimePoint::max(), source.get_token());
  const auto request = question();
  NullSink sink;
  std::optional<Code> one, two;
  std::vector<Task<>> tasks;
  tasks.push_back(forget(guarded(leaving, engine.complete(leaving, request, sink)), one));
  tasks.push_back(forget(guarded(leaving, engine.complete(leaving, request, sink)), two));
  tasks.push_back(stop_after(source, Milliseconds(10)));
  boost::asio::io_context io(1);
  const TimePoint begin = SteadyClock::now();
  run_tasks(io, std::move(tasks));
  EXPECT_LT(SteadyClock::now() - begin, Milliseconds(5000));
  EXPECT_EQ(one, Code::cancelled);
  EXPECT_EQ(two, Code::cancelled);
  EXPECT_EQ(script.cancelled, 1);
  EXPECT_EQ(script.running, 0);
  EXPECT_EQ(flights.size(), 0U);
}

TEST_F(CachedEngineTest, CancellationThatTheContextDoesNotKnowOfIsObeyedToo) {
  script.time = Milliseconds(60'000);
  const auto request = question();
  NullSink sink;
  const CallContext client_gone = CallContext().with_timeout(Milliseconds(20));
  std::optional<Code> one, two;
  std::vector<Task<>> tasks;
  tasks.push_back(forget(guarded(client_gone, engine.complete(anyone, request, sink)), one));
  tasks.push_back(forget(guarded(client_gone, engine.complete(anyone, request, sink)), two));
  boost::asio::io_context io(1);
  run_tasks(io, std::move(tasks));
  EXPECT_EQ(one, Code::deadline_exceeded);
  EXPECT_EQ(two, Code::deadline_exceeded);
  EXPECT_EQ(script.calls, 1);
  EXPECT_EQ(script.running, 0);
}

TEST_F(CachedEngineTest, DeadlineOfTheFirstIsNotTheOthersFailure) {
  script.time = Milliseconds(40);
  const auto request = question();
  NullSink sink;
  const CallContext hurried = CallContext().with_timeout(Milliseconds(10));
  std::optional<Code> first, second;
  std::vector<Task<>> tasks;
  tasks.push_back(forget(guarded(hurried, engine.complete(hurried, request, sink)), first));
  tasks.push_back(forget(engine.complete(anyone, request, sink), second));
  boost::asio::io_context io(1);
  run_tasks(io, std::move(tasks));
  EXPECT_EQ(first, Code::deadline_exceeded);
  EXPECT_EQ(second, std::nullopt);
  EXPECT_LE(script.calls, 2);
}

TEST_F(CachedEngineTest, FailureOfTheCallIsEverybodys) {
  script.time = Milliseconds(5);
  script.answer = [](int) -> Result<Completion> { return Error(Code::upstream_auth, "no"); };
  const auto request = question();
  NullSink sink;
  std::vector<Task<Completion>> tasks;
  for (int i = 0; i < 20; ++i) tasks.push_back(engine.complete(anyone, request, sink));
  boost::asio::io_context io(1);
  for (const auto& done : run_tasks(io, std::move(tasks))) EXPECT_EQ(done.error().code, Code::upstream_auth);
  EXPECT_EQ(script.calls, 1);
}

TEST_F(CachedEngineTest, CallWaitsForTheFastestFollower) {
  std::string megabytes(2 << 20, 'x');
  script.answer = [&](int) -> Result<Completion> {
    Completion completion;
    completion.text = megabytes;
    return completion;
  };
  script.pieces = 64;
  Collect sink;
  const auto request = question("long", CacheUse::use, true);
  const auto done = run_task(engine.complete(anyone, request, sink));
  ASSERT_TRUE(done);
  EXPECT_EQ(sink.text_seen.size(), megabytes.size());
}

TEST_F(CachedEngineTest, ManyThreadsAskTheSameAndLeaveAtRandom) {
  script.time = Milliseconds(2);
  script.pieces = 3;
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      CachedEngine mine(std::make_unique<ScriptedCalls>(script), "test", sharing);
      boost::asio::io_context io(1);
      for (int round = 0; round < 30; ++round) {
        const bool stream = (round + t) % 2 == 0;
        const auto request = question("round " + std::to_string(round % 10), CacheUse::use, stream);
        const CallContext ctx = CallContext().with_timeout(Milliseconds((round * 7 + t * 3) % 12));
        std::vector<Task<Completion>> tasks;
        std::vector<std::unique_ptr<Collect>> sinks;
        for (int i = 0; i < 8; ++i) {
          sinks.push_back(std::make_unique<Collect>());
          tasks.push_back(guarded(ctx, mine.complete(ctx, request, *sinks.back())));
        }
        const auto done = run_tasks(io, std::move(tasks));
        for (std::size_t i = 0; i < done.size(); ++i)
          if (done[i] && (done[i]->text != "a red box" || (stream && sinks[i]->text_seen != "a red box")))
            ++wrong;
      }
    });
  threads.clear();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(script.running, 0);
  EXPECT_EQ(flights.size(), 0U);
}

}  // namespace
}  // namespace sensorium::flow
