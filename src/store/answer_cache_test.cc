// The ladder: what is kept, for how long, what goes first, and what survives the process.
#include "store/answer_cache.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "exec/run_task.h"
#include "store/sqlite_cache.h"
#include "store/test_folder.h"

namespace sensorium::store {
namespace {

CacheKey key(unsigned n) {
  CacheKey key;
  for (std::size_t i = 0; i < key.bytes.size(); ++i)
    key.bytes[i] = static_cast<unsigned char>((n * 2654435761U) >> (8 * (i % 4)) ^ (i * 31) ^ n);
  return key;
}

CacheBytes bytes(std::string text) { return std::make_shared<const std::string>(std::move(text)); }
WallClock::time_point in(Milliseconds time) { return WallClock::now() + time; }
constexpr Milliseconds hour{3'600'000};

TEST(MemoryCache, GivesWhatWasPutUntilItExpires) {
  MemoryCache cache(1 << 20);
  bool touch = false;
  EXPECT_EQ(cache.find(key(1), WallClock::now(), touch), nullptr);
  cache.put(key(1), bytes("one"), in(hour));
  ASSERT_NE(cache.find(key(1), WallClock::now(), touch), nullptr);
  EXPECT_FALSE(touch);
  EXPECT_NE(cache.find(key(1), in(Milliseconds(120'000)), touch), nullptr);
  EXPECT_TRUE(touch) << "the tier learns of use once a minute";
  EXPECT_NE(cache.find(key(1), in(Milliseconds(121'000)), touch), nullptr);
  EXPECT_FALSE(touch);
  EXPECT_EQ(cache.find(key(1), in(hour + hour), touch), nullptr);
  EXPECT_EQ(cache.bytes(), 0);
}

TEST(MemoryCache, StaysWithinItsBoundAndDropsTheLongestUnused) {
  MemoryCache cache(64 << 10);
  bool touch = false;
  cache.put(key(0), bytes(std::string(1000, 'a')), in(hour));
  for (unsigned i = 1; i < 500; ++i) {
    cache.put(key(i), bytes(std::string(1000, 'a')), in(hour));
    cache.find(key(0), WallClock::now(), touch);
  }
  EXPECT_LE(cache.bytes(), 64 << 10);
  EXPECT_NE(cache.find(key(0), WallClock::now(), touch), nullptr) << "used all the time";
  EXPECT_EQ(cache.find(key(1), WallClock::now(), touch), nullptr);
}

TEST(MemoryCache, TakesNothingLargerThanItCouldHold) {
  MemoryCache cache(16 << 10);
  bool touch = false;
  cache.put(key(1), bytes("small"), in(hour));
  cache.put(key(1), bytes(std::string(1 << 20, 'x')), in(hour));
  EXPECT_EQ(cache.find(key(1), WallClock::now(), touch), nullptr) << "nor an older answer under that key";
  EXPECT_EQ(cache.bytes(), 0);
}

TEST(MemoryCache, IsUsedByManyThreadsAtOnce) {
  MemoryCache cache(256 << 10);
  std::vector<std::jthread> threads;
  for (unsigned t = 0; t < 4; ++t)
    threads.emplace_back([&cache, t] {
      bool touch = false;
      for (unsigned i = 0; i < 3000; ++i) {
        cache.put(key(i % 97 + t), bytes(std::string(i % 400, 'q')), in(hour));
        cache.find(key(i % 89), WallClock::now(), touch);
        if (i % 50 == 0) cache.erase(key(i % 97));
      }
    });
  threads.clear();
  EXPECT_LE(cache.bytes(), 256 << 10);
}

struct OnDisk {
  explicit OnDisk(const std::string& file, std::int64_t limit = 1 << 20, Milliseconds ttl = hour)
      : storage(file, sqlite_cache_schema),
        cache({.ttl = ttl, .memory_bytes = 1 << 20, .largest_value = 100'000},
              make_sqlite_cache(storage, limit)) {}
  CacheFound find(const CacheKey& k) { return run_task(cache.find(CallContext(), k)).value(); }

  Storage storage;
  AnswerCache cache;
};

TEST(AnswerCache, SurvivesTheProcess) {
  const TestFolder folder;
  { OnDisk(folder.file()).cache.put(key(7), "seven"); }
  OnDisk later(folder.file());
  EXPECT_EQ(later.cache.find_now(key(7)), nullptr);
  EXPECT_TRUE(later.cache.worth_looking(key(7))) << "before the keys are known";
  const CacheFound found = later.find(key(7));
  ASSERT_NE(found.value, nullptr);
  EXPECT_EQ(*found.value, "seven");
  EXPECT_EQ(found.tier, "sqlite");
  EXPECT_NE(later.cache.find_now(key(7)), nullptr) << "it climbed into memory";
}

TEST(AnswerCache, LooksAtTheDiskOnlyForKeysThatMayBeThere) {
  const TestFolder folder;
  {
    OnDisk first(folder.file());
    for (unsigned i = 0; i < 1000; ++i) first.cache.put(key(i), "v");
  }
  OnDisk later(folder.file());
  EXPECT_EQ(later.find(key(5000)).value, nullptr);  // begins to read the keys
  later.storage.flush();
  EXPECT_FALSE(later.cache.worth_looking(key(5000)));
  for (unsigned i = 0; i < 1000; i += 100) EXPECT_TRUE(later.cache.worth_looking(key(i)));
}

TEST(AnswerCache, GivesNothingExpired) {
  const TestFolder folder;
  { OnDisk(folder.file(), 1 << 20, Milliseconds(-1000)).cache.put(key(1), "old"); }
  OnDisk later(folder.file());
  EXPECT_EQ(later.find(key(1)).value, nullptr);
}

TEST(AnswerCache, ANewAnswerReplacesTheOld) {
  const TestFolder folder;
  {
    OnDisk first(folder.file());
    first.cache.put(key(1), "old");
    first.cache.put(key(1), "new");
  }
  EXPECT_EQ(*OnDisk(folder.file()).find(key(1)).value, "new");
}

TEST(AnswerCache, TooLargeAnAnswerIsNotKeptAndRemovesTheOld) {
  const TestFolder folder;
  OnDisk cache(folder.file());
  cache.cache.put(key(1), "old");
  cache.cache.put(key(1), std::string(200'000, 'x'));
  EXPECT_EQ(cache.cache.find_now(key(1)), nullptr);
}

TEST(AnswerCache, FileStaysWithinItsBound) {
  const TestFolder folder;
  constexpr std::int64_t limit = 256 << 10;
  OnDisk cache(folder.file(), limit);
  for (unsigned i = 0; i < 2000; ++i) cache.cache.put(key(i), std::string(1000, 'z'));
  cache.storage.flush();
  const auto sum = run_task(
      cache.storage.read(CallContext(), [](Database& db) -> Result<std::pair<std::int64_t, std::int64_t>> {
        std::pair<std::int64_t, std::int64_t> out;
        SN_TRY(db.run("SELECT coalesce(sum(size), 0), count(*) FROM answers", {}, [&](const Row& row) {
          out = {row.integer(0), row.integer(1)};
          return true;
        }));
        return out;
      }));
  ASSERT_TRUE(sum);
  EXPECT_LE(sum->first, limit);
  EXPECT_GT(sum->second, 100);
}

TEST(AnswerCache, WithoutADiskItIsAMemoryCache) {
  const TestFolder folder;
  std::ofstream(folder.file("state")) << "no folder";
  OnDisk cache(folder.file("state/db"));
  cache.cache.put(key(1), "one");
  cache.storage.flush();
  EXPECT_EQ(*cache.cache.find_now(key(1)), "one");
  EXPECT_EQ(cache.find(key(2)).value, nullptr) << "no error either";
}

TEST(AnswerCache, RowThatSomebodyElseWroteIsOnlyBytes) {
  const TestFolder folder;
  OnDisk cache(folder.file());
  cache.storage.write([](Database& db) {
    return db.run("INSERT INTO answers VALUES(?, ?, 3, 99999999999, 0)",
                  {Blob{key(3).view()}, std::string_view("text, not a blob")});
  });
  cache.storage.flush();
  EXPECT_EQ(*cache.find(key(3)).value, "text, not a blob");
}

}  // namespace
}  // namespace sensorium::store
