// Ledger: sums, reservations under concurrency, what is left after the end, and a day's limit.
#include "store/ledger.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "exec/run_task.h"
#include "store/test_folder.h"

namespace sensorium::store {
namespace {

const CallContext anyone;

Spending call_of(const std::string& caller, double cost) {
  Spending s;
  s.caller = caller;
  s.provider = "openai";
  s.model = "m";
  s.calls = 1;
  s.output_tokens = 10;
  s.cost_usd = cost;
  s.estimated_usd = 2 * cost;
  return s;
}

std::vector<Spending> rows(Ledger& ledger, std::string first = "", std::string last = "") {
  return run_task(ledger.list(anyone, std::move(first), std::move(last))).value();
}

TEST(Ledger, SumsByKeyAndModelAndSurvivesTheEnd) {
  const TestFolder folder;
  {
    Storage storage(folder.file(), ledger_schema);
    Ledger ledger(&storage);
    for (int i = 0; i < 100; ++i) ledger.add(call_of("alice", 0.01));
    ledger.add(call_of("bob", 1));
    const auto found = rows(ledger);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[1].caller, "alice");
    EXPECT_EQ(found[1].calls, 100);
    EXPECT_NEAR(found[1].cost_usd, 1, 1e-9);
    storage.flush();
  }
  Storage storage(folder.file(), ledger_schema);
  Ledger ledger(&storage);
  const auto found = rows(ledger);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[1].output_tokens, 1000);
  EXPECT_NEAR(found[1].estimated_usd, 2, 1e-9);
  EXPECT_TRUE(rows(ledger, "2999-01-01").empty());
  EXPECT_TRUE(rows(ledger, "", "1999-01-01").empty());
}

TEST(Ledger, RefusesWhatWouldExceedTheDay) {
  Ledger ledger(nullptr);
  {
    auto held = run_task(ledger.reserve(anyone, "alice", 0.6, 1.0));
    ASSERT_TRUE(held);
    const auto second = run_task(ledger.reserve(anyone, "alice", 0.6, 1.0));
    ASSERT_FALSE(second) << "the first is still running";
    EXPECT_EQ(second.error().code, Code::budget_exhausted);
    EXPECT_TRUE(run_task(ledger.reserve(anyone, "bob", 0.6, 1.0)));
  }
  ASSERT_TRUE(run_task(ledger.reserve(anyone, "alice", 0.6, 1.0))) << "it was given back";
  ledger.add(call_of("alice", 0.9));
  EXPECT_FALSE(run_task(ledger.reserve(anyone, "alice", 0.2, 1.0)));
  EXPECT_TRUE(run_task(ledger.reserve(anyone, "alice", 0.05, 1.0)));
}

TEST(Ledger, KnowsAfterARestartWhatWasSpentToday) {
  const TestFolder folder;
  {
    Storage storage(folder.file(), ledger_schema);
    Ledger ledger(&storage);
    ledger.add(call_of("alice", 0.9));
    storage.flush();
  }
  Storage storage(folder.file(), ledger_schema);
  Ledger ledger(&storage);
  EXPECT_FALSE(run_task(ledger.reserve(anyone, "alice", 0.2, 1.0)));
}

TEST(Ledger, IsExactUnderThreads) {
  Ledger ledger(nullptr);
  std::atomic<int> granted = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        auto held = run_task(ledger.reserve(anyone, "alice", 0.01, 1.005));
        if (!held) continue;
        ++granted;
        ledger.add(call_of("alice", 0.01));
      }
    });
  threads.clear();
  EXPECT_LE(granted, 100);
  EXPECT_GT(granted, 90);
  EXPECT_NEAR(ledger.spent_today("alice"), 0.01 * granted, 1e-9);
}

TEST(Ledger, WithoutADiskItCountsInMemory) {
  const TestFolder folder;
  std::ofstream(folder.file("state")) << "no folder";
  Storage storage(folder.file("state/db"), ledger_schema);
  Ledger ledger(&storage);
  EXPECT_TRUE(run_task(ledger.reserve(anyone, "alice", 0.5, 1.0)));
  ledger.add(call_of("alice", 0.9));
  storage.flush();
  EXPECT_FALSE(run_task(ledger.reserve(anyone, "alice", 0.5, 1.0)));
}

}  // namespace
}  // namespace sensorium::store
