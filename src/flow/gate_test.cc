// Gate: order, limits under many threads, deadlines, callers that leave, and shared limits that fail.
#include "flow/gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "exec/guard.h"
#include "exec/run_task.h"
#include "flow/fair_queue.h"
#include "flow/redis_limits.h"
#include "store/redis_server_test_support.h"

namespace sensorium::flow {
namespace {

constexpr Units one_request{1, 0, 0, 0};

GateLimits at_most(std::int64_t concurrency) {
  GateLimits limits;
  limits.concurrency = concurrency;
  return limits;
}
GateLimits per_minute(std::int64_t requests) {
  GateLimits limits;
  limits.rates[0] = bucket_rate(requests);
  return limits;
}
GateOptions named(std::string name) {
  GateOptions options;
  options.name = options.id = std::move(name);
  return options;
}
CallContext within(int ms) { return CallContext().with_timeout(Milliseconds(ms)); }

TEST(FairQueue, TakesCallersInTurnAndInteractiveFirst) {
  FairQueue<const char> queue;
  const std::string items = "abcdefg";
  queue.push(&items[0], "greedy", Lane::interactive);
  queue.push(&items[1], "greedy", Lane::interactive);
  queue.push(&items[2], "greedy", Lane::interactive);
  queue.push(&items[3], "modest", Lane::interactive);
  queue.push(&items[4], "batch", Lane::bulk);
  EXPECT_EQ(queue.ahead_of("modest", Lane::interactive), 3U);
  EXPECT_EQ(queue.ahead_of("new", Lane::interactive), 2U);
  EXPECT_EQ(queue.ahead_of("new", Lane::bulk), 5U);
  std::string order;
  while (const char* next = queue.next()) {
    order += *next;
    queue.grant(next);
  }
  EXPECT_EQ(order, "adbce");
  EXPECT_TRUE(queue.empty());
}

TEST(FairQueue, BulkIsNotStarved) {
  FairQueue<const int> queue;
  std::vector<int> numbers(40);
  for (int& number : numbers) queue.push(&number, "a", Lane::interactive);
  const int bulk = 1;
  queue.push(&bulk, "b", Lane::bulk);
  int before = 0;
  while (queue.next() != &bulk) queue.grant(queue.next()), ++before;
  EXPECT_EQ(before, 7);
}

TEST(Gate, LetsThroughWhatFits) {
  Gate gate(per_minute(2), named("x"));
  EXPECT_TRUE(run_task(gate.enter({}, one_request, "", Lane::interactive)));
  EXPECT_TRUE(run_task(gate.enter({}, one_request, "", Lane::interactive)));
  const auto third = run_task(gate.enter(within(1000), one_request, "", Lane::interactive));
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, Code::rate_limited);
  EXPECT_GT(third.error().retry_after.value(), Milliseconds(29'000));
  EXPECT_LE(third.error().retry_after.value(), Milliseconds(30'000));
}

TEST(Gate, RefusesWhatNeverFits) {
  GateLimits limits;
  limits.rates[1] = strict_rate(1000);
  Gate gate(limits, named("x"));
  EXPECT_TRUE(run_task(gate.enter({}, {1, 1000, 0, 0}, "", Lane::interactive)));
  EXPECT_EQ(run_task(gate.enter({}, {1, 1001, 0, 0}, "", Lane::interactive)).error().code, Code::model_limit);
}

TEST(Gate, SettlesWithWhatWasUsed) {
  GateLimits limits;
  limits.rates[1] = bucket_rate(1000);
  Gate gate(limits, named("x"));
  {
    auto permit = run_task(gate.enter({}, {1, 900, 0, 0}, "", Lane::interactive));
    ASSERT_TRUE(permit);
    permit->settle({1, 100, 0, 0});
  }
  EXPECT_TRUE(run_task(gate.enter(within(5), {1, 890, 0, 0}, "", Lane::interactive)));
  EXPECT_FALSE(run_task(gate.enter(within(5), {1, 890, 0, 0}, "", Lane::interactive)));
}

TEST(Gate, ObeysTheProvider) {
  Gate gate({}, named("x"));
  gate.block(Unit::requests, Milliseconds(30'000));
  EXPECT_EQ(run_task(gate.enter(within(1000), one_request, "", Lane::interactive)).error().code,
            Code::rate_limited);
  Gate other(per_minute(100), named("y"));
  other.tighten(Unit::requests, 1);
  EXPECT_TRUE(run_task(other.enter(within(1), one_request, "", Lane::interactive)));
  EXPECT_FALSE(run_task(other.enter(within(1), one_request, "", Lane::interactive)));
}

TEST(Gate, IsBounded) {
  GateOptions options = named("x");
  options.max_waiting = 0;
  Gate gate(at_most(1), options);
  EXPECT_EQ(run_task(gate.enter({}, one_request, "", Lane::interactive)).error().code, Code::overloaded);
}

Task<> hold_and_note(Gate& gate, std::string caller, Lane lane, Milliseconds hold, std::string& order) {
  const char mark = caller.front();
  const auto permit = SN_CO_TRY(co_await gate.enter({}, one_request, std::move(caller), lane));
  order += mark;
  SN_CO_TRY(co_await sleep_for({}, hold));
  co_return Status{};
}

TEST(Gate, ServesCallersInTurn) {
  Gate gate(at_most(1), named("x"));
  std::string order;
  boost::asio::io_context io(1);
  std::vector<Task<>> tasks;
  for (const char* caller : {"a", "a", "a", "b", "c"})
    tasks.push_back(hold_and_note(gate, caller, Lane::interactive, Milliseconds(1), order));
  tasks.push_back(hold_and_note(gate, "z", Lane::bulk, Milliseconds(1), order));
  tasks.push_back(hold_and_note(gate, "d", Lane::interactive, Milliseconds(1), order));
  for (const auto& done : run_tasks(io, std::move(tasks))) EXPECT_TRUE(done);
  EXPECT_EQ(order, "aabcdaz");
}

TEST(Gate, ALeaverMakesRoom) {
  Gate gate(at_most(1), named("x"));
  auto held = run_task(gate.enter({}, one_request, "", Lane::interactive));
  ASSERT_TRUE(held);
  EXPECT_EQ(run_task(gate.enter(within(5), one_request, "", Lane::interactive)).error().code,
            Code::rate_limited);
  EXPECT_EQ(gate.waiting(Lane::interactive), 0U);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(
      run_task(gate.enter(CallContext().with_stop(stop.get_token()), one_request, "", Lane::interactive))
          .error()
          .code,
      Code::cancelled);
  *held = Permit();
  EXPECT_TRUE(run_task(gate.enter(within(1000), one_request, "", Lane::interactive)));
}

/// Enters and leaves again and again; sometimes gives up while waiting.
Task<> visit(Gate& gate, int visits, std::atomic<int>& inside, std::atomic<int>& most,
             std::atomic<int>& served) {
  for (int i = 0; i < visits; ++i) {
    const int patience = i % 3 == 0 ? 1 : 10'000;
    const auto permit = co_await gate.enter(within(patience), one_request, std::to_string(i % 4),
                                            i % 5 == 0 ? Lane::bulk : Lane::interactive);
    if (!permit) continue;
    ++served;
    const int now = ++inside;
    for (int seen = most.load(); now > seen && !most.compare_exchange_weak(seen, now);) {}
    if (i % 2 == 0) SN_CO_TRY(co_await sleep_for({}, Milliseconds(1)));
    --inside;
  }
  co_return Status{};
}

TEST(Gate, HoldsAcrossThreads) {
  Gate gate(at_most(3), named("x"));
  std::atomic<int> inside = 0, most = 0, served = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        boost::asio::io_context io(1);
        std::vector<Task<>> tasks;
        for (int i = 0; i < 8; ++i) tasks.push_back(visit(gate, 20, inside, most, served));
        for (const auto& done : run_tasks(io, std::move(tasks))) EXPECT_TRUE(done);
      });
  }
  EXPECT_EQ(most, 3);
  EXPECT_GT(served, 4 * 8 * 20 / 2);
  EXPECT_TRUE(run_task(gate.enter(within(1000), one_request, "", Lane::interactive)));
}

// ---- shared limits

struct SharedPair {
  explicit SharedPair(const store::RedisServer& server, const GateLimits& limits)
      : redis(*store::parse_redis_url(server.url()),
              {.connect = Milliseconds(500), .command = Milliseconds(300), .first_pause = Milliseconds(5)}),
        shared(redis) {
    GateOptions options = named("pair");
    options.shared = &shared;
    first = std::make_unique<Gate>(limits, options);
    second = std::make_unique<Gate>(limits, options);
  }
  std::unique_ptr<Gate> first, second;  // die after the connection
  store::RedisClient redis;
  RedisLimits shared;
};

template <class Condition>
bool soon(Condition condition) {
  for (int i = 0; i < 1000 && !condition(); ++i) std::this_thread::sleep_for(Milliseconds(5));
  return condition();
}

TEST(SharedGate, TwoGatesHaveOneBudget) {
  store::RedisServer server;
  SN_START_REDIS(server);
  SharedPair pair(server, per_minute(4));
  for (Gate* gate : {pair.first.get(), pair.second.get(), pair.second.get(), pair.first.get()})
    EXPECT_TRUE(run_task(gate->enter(within(5000), one_request, "", Lane::interactive)));
  const auto fifth = run_task(pair.second->enter(within(300), one_request, "", Lane::interactive));
  ASSERT_FALSE(fifth);
  EXPECT_EQ(fifth.error().code, Code::rate_limited);
}

TEST(SharedGate, TwoGatesShareTheirPlaces) {
  store::RedisServer server;
  SN_START_REDIS(server);
  SharedPair pair(server, at_most(1));
  auto held = run_task(pair.first->enter(within(5000), one_request, "", Lane::interactive));
  ASSERT_TRUE(held);
  EXPECT_FALSE(run_task(pair.second->enter(within(100), one_request, "", Lane::interactive)));
  *held = Permit();
  EXPECT_TRUE(run_task(pair.second->enter(within(5000), one_request, "", Lane::interactive)));
  EXPECT_TRUE(run_task(pair.first->enter(within(5000), one_request, "", Lane::interactive)));
}

TEST(SharedGate, SettlesAndBlocksForAll) {
  store::RedisServer server;
  SN_START_REDIS(server);
  GateLimits limits;
  limits.rates[1] = bucket_rate(1000);
  SharedPair pair(server, limits);
  {
    auto permit = run_task(pair.first->enter(within(5000), {1, 900, 0, 0}, "", Lane::interactive));
    ASSERT_TRUE(permit);
    permit->settle({1, 100, 0, 0});
  }
  EXPECT_TRUE(run_task(pair.second->enter(within(5000), {1, 890, 0, 0}, "", Lane::interactive)));
  pair.first->block(Unit::requests, Milliseconds(60'000));
  EXPECT_FALSE(run_task(pair.second->enter(within(100), {1, 1, 0, 0}, "", Lane::interactive)));
}

TEST(SharedGate, CountsAloneWhileTheStoreIsAway) {
  store::RedisServer server;
  SN_START_REDIS(server);
  SharedPair pair(server, per_minute(3));
  ASSERT_TRUE(run_task(pair.first->enter(within(5000), one_request, "", Lane::interactive)));
  EXPECT_FALSE(pair.first->degraded());
  server.stop();
  EXPECT_TRUE(run_task(pair.first->enter(within(5000), one_request, "", Lane::interactive)));
  EXPECT_TRUE(run_task(pair.first->enter(within(5000), one_request, "", Lane::interactive)));
  EXPECT_FALSE(run_task(pair.first->enter(within(100), one_request, "", Lane::interactive)))
      << "what passed while they were shared counts";
  EXPECT_TRUE(soon([&] { return pair.first->degraded(); }));
  ASSERT_TRUE(server.start());
  EXPECT_TRUE(soon([&] { return !pair.first->degraded(); }));
}

TEST(SharedGate, PlacesOfTheDeadComeBack) {
  store::RedisServer server;
  SN_START_REDIS(server);
  SharedPair pair(server, at_most(1));
  const auto held = run_task(pair.first->enter(within(100), one_request, "", Lane::interactive));
  ASSERT_TRUE(held);  // never given back in time: its deadline frees it
  EXPECT_TRUE(run_task(pair.second->enter(within(5000), one_request, "", Lane::interactive)));
}

TEST(SharedGate, HoldsAcrossThreads) {
  store::RedisServer server;
  SN_START_REDIS(server);
  SharedPair pair(server, at_most(3));
  std::atomic<int> inside = 0, most = 0, served = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        boost::asio::io_context io(1);
        std::vector<Task<>> tasks;
        for (int i = 0; i < 4; ++i)
          tasks.push_back(visit(t % 2 ? *pair.first : *pair.second, 10, inside, most, served));
        for (const auto& done : run_tasks(io, std::move(tasks))) EXPECT_TRUE(done);
      });
  }
  EXPECT_LE(most, 3);
  EXPECT_GE(served, 4 * 4 * 10 / 2);
}

}  // namespace
}  // namespace sensorium::flow
