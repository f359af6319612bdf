// Streams cut at any byte, through the real engine and the wrappers of the service: nothing is lost, nothing
// doubled; each ends complete or with one error. SENSORIUM_RUNS=10000 runs more of them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "engine/fake/loopback_upstream.h"
#include "engine/local/runtime.h"
#include "engine/registry.h"
#include "exec/cpu_pool.h"
#include "exec/run_task.h"
#include "flow/breaking_engine.h"
#include "flow/limited_engine.h"
#include "flow/paced_engine.h"
#include "flow/retrying_engine.h"

namespace sensorium::flow {
namespace {

constexpr int words = 12, usual_runs = 600, parallel = 20;

std::string whole_text() {
  std::string text;
  for (int i = 0; i < words; ++i) text += fmt::format("wörd{} ", i);
  return text;
}

std::string event(std::string_view data) { return fmt::format("data: {}\n\n", data); }

/// The whole reply as it stands on the wire; cut it anywhere.
std::string wire_bytes() {
  std::string body;
  const auto chunk = [&body](const std::string& text) {
    body += fmt::format("{:x}\r\n{}\r\n", text.size(), text);
  };
  for (int i = 0; i < words; ++i)
    chunk(event(fmt::format(R"({{"choices":[{{"delta":{{"content":"wörd{} "}}}}]}})", i)));
  chunk(event(R"({"choices":[{"delta":{},"finish_reason":"stop"}]})"));
  chunk(event("[DONE]"));
  return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" + body +
         "0\r\n\r\n";
}

class Collected final : public TokenSink {
 public:
  Task<> text(std::string_view piece) override {
    all += piece;
    co_return Status{};
  }
  std::string all;
};

struct Rig {
  explicit Rig(fake::LoopbackUpstream& upstream) {
    EngineSettings settings{.name = "cutting", .base_url = upstream.base_url(), .api_key = "k"};
    auto bare = find_engine("openai")->create(settings, {io, http, pool, ModelTable::builtin(), runtime});
    std::unique_ptr<ChatEngine> made = std::move(*bare);
    made = std::make_unique<PacedEngine>(std::move(made), Pace{});
    made = std::make_unique<LimitedEngine>(std::move(made), gate, 0);
    made = std::make_unique<RetryingEngine>(std::move(made), retry);
    engine = std::make_unique<BreakingEngine>(std::move(made), breakers);
  }
  static RetryPolicy policy() { return {.retries = 2, .first_wait = Milliseconds(1)}; }

  boost::asio::io_context io{1};
  net::HttpClient http{io, {.max_idle_per_origin = 64, .proxy_from_environment = false, .ca_file = {}}};
  CpuPool pool{1};
  local::Runtime runtime{{}};
  Gate gate{{}, {.name = "cutting", .id = "cutting"}};
  RetryShared retry{.engine = "cutting", .policy = policy(), .budget = RetryBudget(1'000'000)};
  BreakerSet breakers{"cutting", {.least_calls = 1'000'000, .nobody_in_a_row = 1'000'000}, nullptr};
  std::unique_ptr<ChatEngine> engine;
};

struct Tally {
  int complete = 0, failed = 0, silent = 0;
};

Task<> ask_many(Rig& rig, int runs, Tally& tally) {
  const std::string whole = whole_text();
  for (int i = 0; i < runs; ++i) {
    ChatRequest request;
    request.model = "m";
    request.turns.push_back({Turn::Role::user, "Tell me", {}});
    request.stream = true;
    request.last_resort = i % 2 == 0;
    Collected sink;
    const auto done =
        co_await rig.engine->complete(CallContext().with_timeout(Milliseconds(60'000)), request, sink);
    EXPECT_TRUE(whole.starts_with(sink.all)) << "doubled or mixed: " << sink.all;
    if (done) {
      EXPECT_EQ(sink.all, whole) << "lost";
      EXPECT_EQ(done->text, whole);
      ++tally.complete;
    } else {
      EXPECT_TRUE(facts(done.error().code).retry) << facts(done.error().code).name;
      ++tally.failed;
      tally.silent += sink.all.empty() ? 1 : 0;
    }
  }
  co_return Status{};
}

TEST(BrokenStreams, LoseNothingAndDoubleNothing) {
  const std::string bytes = wire_bytes();
  std::mutex mutex;
  std::minstd_rand random(11);
  fake::LoopbackUpstream upstream([&](fake::Exchange& exchange) {
    std::size_t cut = 0;
    {
      const std::scoped_lock lock(mutex);
      cut = std::uniform_int_distribution<std::size_t>(0, bytes.size() + bytes.size() / 4)(random);
    }
    exchange.send(std::string_view(bytes).substr(0, cut));
    if (cut < bytes.size()) exchange.cut();
  });
  const char* wanted = std::getenv("SENSORIUM_RUNS");
  const int runs = wanted ? std::atoi(wanted) : usual_runs;
  Rig rig(upstream);
  Tally tally;
  std::vector<Task<>> tasks;
  for (int i = 0; i < parallel; ++i) tasks.push_back(ask_many(rig, runs / parallel, tally));
  for (const auto& done : run_tasks(rig.io, std::move(tasks))) EXPECT_TRUE(done);
  fmt::print("{} streams: {} complete, {} ended with an error ({} of them before any text)\n", runs,
             tally.complete, tally.failed, tally.silent);
  EXPECT_EQ(tally.complete + tally.failed, runs / parallel * parallel);
  EXPECT_GT(tally.complete, runs / 8);
  EXPECT_GT(tally.failed, runs / 8);
}

}  // namespace
}  // namespace sensorium::flow
