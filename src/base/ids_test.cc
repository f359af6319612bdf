// Identifiers: their alphabet, their length, and that they do not repeat.
#include "base/ids.h"

#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace sensorium {
namespace {

TEST(MakeId, IsAPrefixAndTwentyCharacters) {
  const std::string id = make_id("img");
  EXPECT_EQ(id.size(), 24U);
  EXPECT_TRUE(id.starts_with("img-"));
  EXPECT_EQ(id.find_first_not_of("0123456789abcdefghjkmnpqrstvwxyz", 4), std::string::npos) << id;
}

TEST(MakeId, KeepsASeparatorThatIsThere) {
  EXPECT_EQ(make_id("img-").size(), 24U);
  EXPECT_EQ(make_id("req_").find('-'), std::string::npos);
  EXPECT_EQ(make_id("").size(), 20U);
}

TEST(MakeId, NeverRepeatsAcrossThreads) {
  constexpr int threads = 4, each = 5'000;
  std::mutex mutex;
  std::set<std::string> seen;
  {
    std::vector<std::jthread> running;
    for (int t = 0; t < threads; ++t)
      running.emplace_back([&] {
        for (int i = 0; i < each; ++i) {
          auto id = make_id("x");
          std::lock_guard lock(mutex);
          seen.insert(std::move(id));
        }
      });
  }
  EXPECT_EQ(seen.size(), std::size_t{threads * each});
}

TEST(MakeId, UsesEveryCharacterEverywhere) {
  std::vector<std::set<char>> columns(20);
  for (int i = 0; i < 2'000; ++i) {
    const std::string id = make_id("");
    for (std::size_t column = 0; column < columns.size(); ++column) columns[column].insert(id[column]);
  }
  for (const auto& column : columns) EXPECT_EQ(column.size(), 32U);
}

TEST(RandomHex, HasTwoDigitsPerByte) {
  EXPECT_EQ(random_hex(0), "");
  const std::string key = random_hex(600);  // more than one call to the kernel may give
  EXPECT_EQ(key.size(), 1'200U);
  EXPECT_EQ(key.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_NE(random_hex(16), random_hex(16));
}

}  // namespace
}  // namespace sensorium
