// Permits: what fits, what does not, and that the sum comes back to zero.
#include "exec/memory_budget.h"

#include <gtest/gtest.h>

#include <random>
#include <thread>
#include <vector>

namespace sensorium {
namespace {

TEST(MemoryBudget, GivesWhatFitsAndTakesItBack) {
  MemoryBudget budget(100);
  {
    const auto first = budget.take(60), second = budget.take(40);
    EXPECT_TRUE(first && second);
    EXPECT_EQ(budget.used(), 100);
  }
  EXPECT_EQ(budget.used(), 0);
}

TEST(MemoryBudget, IsOverloadedAtOnceWhenItDoesNotFit) {
  MemoryBudget budget(100);
  const auto held = budget.take(60);
  const auto refused = budget.take(41);
  EXPECT_EQ(refused.error().code, Code::overloaded);
  EXPECT_TRUE(refused.error().retry_after.has_value());
  EXPECT_FALSE(refused.error().hint.empty());
  EXPECT_EQ(budget.used(), 60);
}

TEST(MemoryBudget, LetsASinglePermitExceedTheWhole) {
  MemoryBudget budget(100);
  const auto big = budget.take(500);
  EXPECT_TRUE(big);
  EXPECT_FALSE(budget.take(1));
}

TEST(MemoryBudget, SurvivesMovesOfItsPermits) {
  MemoryBudget budget(100);
  MemoryBudget::Permit kept;
  {
    auto first = budget.take(30);
    kept = std::move(*first);
    auto second = std::move(kept);
    kept = std::move(second);
  }
  EXPECT_EQ(budget.used(), 30);
  kept = MemoryBudget::Permit();
  EXPECT_EQ(budget.used(), 0);
}

TEST(MemoryBudget, NeverGivesMoreThanItHasOnManyThreads) {
  constexpr std::int64_t limit = 1'000;
  MemoryBudget budget(limit);
  std::atomic<std::int64_t> outstanding = 0;
  std::atomic<bool> exceeded = false;
  {
    std::vector<std::jthread> threads;
    for (unsigned t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        std::mt19937 random(t);
        for (int i = 0; i < 5'000; ++i) {
          const auto bytes = static_cast<std::int64_t>(random() % 600 + 1);
          const auto permit = budget.take(bytes);
          if (!permit) continue;
          if (outstanding.fetch_add(bytes) + bytes > limit) exceeded = true;
          outstanding.fetch_sub(bytes);
        }
      });
  }
  EXPECT_FALSE(exceeded);
  EXPECT_EQ(budget.used(), 0);
}

}  // namespace
}  // namespace sensorium
