// PreparedCache: once for many, bounded, and nothing kept of a failure.
#include "media/prepared_cache.h"

#include <gtest/gtest.h>

#include "exec/guard.h"
#include "exec/run_task.h"

namespace sensorium::media {
namespace {

const CallContext anyone;

struct Fixture : testing::Test {
  int made = 0, hits = 0, misses = 0;
  PreparedCache cache{10'000, [this](std::string_view result) { ++(result == "hit" ? hits : misses); }};

  static Task<PreparedPicture> slowly(CallContext ctx, int& made, std::size_t size,
                                      std::optional<Code> failure) {
    ++made;
    SN_CO_TRY(co_await sleep_for(ctx, Milliseconds(5)));
    if (failure) co_return Error(*failure, "no");
    PreparedPicture picture;
    picture.bytes = std::make_shared<const std::string>(size, 'x');
    co_return picture;
  }
  PreparedCache::Make make(std::size_t size = 1000, std::optional<Code> failure = {}) {
    return [this, size, failure] { return slowly(anyone, made, size, failure); };
  }
  Result<PreparedPicture> get(const std::string& key, const PreparedCache::Make& how) {
    return run_task(cache.get(anyone, key, how));
  }
};
using PreparedCacheTest = Fixture;

TEST_F(PreparedCacheTest, SecondTimeNothingIsMade) {
  ASSERT_TRUE(get("a", make()));
  const auto again = get("a", make());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->bytes->size(), 1000U);
  EXPECT_EQ(made, 1);
  EXPECT_EQ(hits, 1);
  EXPECT_EQ(misses, 1);
}

TEST_F(PreparedCacheTest, ManyAtOnceMakeItOnce) {
  const auto how = make();
  std::vector<Task<PreparedPicture>> tasks;
  for (int i = 0; i < 100; ++i) tasks.push_back(cache.get(anyone, "a", how));
  boost::asio::io_context io(1);
  for (const auto& done : run_tasks(io, std::move(tasks))) EXPECT_TRUE(done);
  EXPECT_EQ(made, 1);
}

TEST_F(PreparedCacheTest, FailureIsToldAndNotKept) {
  EXPECT_EQ(get("a", make(1, Code::corrupt_media)).error().code, Code::corrupt_media);
  EXPECT_TRUE(get("a", make()));
  EXPECT_EQ(made, 2);
}

TEST_F(PreparedCacheTest, WhenTheMakerLeavesAnotherMakesIt) {
  const auto how = make();
  const CallContext hurried = CallContext().with_timeout(Milliseconds(1));
  const PreparedCache::Make in_a_hurry = [&] { return slowly(hurried, made, 1000, std::nullopt); };
  std::vector<Task<PreparedPicture>> tasks;
  tasks.push_back(guarded(hurried, cache.get(hurried, "a", in_a_hurry)));
  tasks.push_back(cache.get(anyone, "a", how));
  boost::asio::io_context io(1);
  const auto done = run_tasks(io, std::move(tasks));
  EXPECT_FALSE(done[0]);
  EXPECT_TRUE(done[1]);
}

TEST_F(PreparedCacheTest, StaysWithinItsBoundAndTakesNothingTooLarge) {
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(get(std::to_string(i), make(1000)));
  EXPECT_LE(cache.bytes(), 10'000);
  ASSERT_TRUE(get("large", make(100'000)));
  EXPECT_LE(cache.bytes(), 10'000);
  made = 0;
  ASSERT_TRUE(get("49", make()));
  EXPECT_EQ(made, 0);
  ASSERT_TRUE(get("0", make()));
  EXPECT_EQ(made, 1);
}

TEST(PreparationKey, ChangesWithTheRuleAndTheSource) {
  PrepareRule rule;
  const std::string base = preparation_key("aa", rule, Detail::high);
  EXPECT_NE(base, preparation_key("ab", rule, Detail::high));
  EXPECT_NE(base, preparation_key("aa", rule, Detail::low));
  rule.jpeg_quality = 60;
  EXPECT_NE(base, preparation_key("aa", rule, Detail::high));
  rule = {};
  rule.pixels.max_side = 512;
  EXPECT_NE(base, preparation_key("aa", rule, Detail::high));
  rule = {};
  rule.formats = {"png"};
  EXPECT_NE(base, preparation_key("aa", rule, Detail::high));
}

}  // namespace
}  // namespace sensorium::media
