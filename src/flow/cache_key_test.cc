// The key changes with all that changes the answer, and with nothing else.
#include "flow/cache_key.h"

#include <gtest/gtest.h>

namespace sensorium::flow {
namespace {

ChatRequest question(std::string text = "What is this?") {
  ChatRequest request;
  request.model = "m";
  request.turns.push_back({Turn::Role::user, std::move(text), {}});
  return request;
}

TEST(CacheKey, ChangesWithEverythingThatChangesTheAnswer) {
  const ChatRequest base = question();
  std::vector<ChatRequest> others(8, base);
  others[0].model = "n";
  others[1].turns[0].text += "!";
  others[2].turns.insert(others[2].turns.begin(), {Turn::Role::system, "Be brief", {}});
  others[3].max_tokens = 7;
  others[4].temperature = 0.0;
  others[5].schema = AnswerSchema{"{}", "answer"};
  others[6].turns[0].pictures.resize(1);
  others[7].turns[0].pictures.resize(1);
  others[7].turns[0].pictures[0].picture.sha256 = "00";
  std::vector<store::CacheKey> keys{cache_key("test", base), cache_key("test2", base)};
  for (const ChatRequest& other : others) keys.push_back(cache_key("test", other));
  for (std::size_t i = 0; i < keys.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(keys[i], keys[j]) << i << " " << j;
}

TEST(CacheKey, DoesNotChangeWithWhoAsksAndHow) {
  const ChatRequest base = question();
  ChatRequest other = base;
  other.stream = true;
  other.caller = "alice";
  other.cache = CacheUse::refresh;
  EXPECT_EQ(cache_key("test", base), cache_key("test", other));
}

TEST(CacheKey, PartsDoNotRunIntoEachOther) {
  ChatRequest a = question("ab"), b = question("a");
  b.turns.push_back({Turn::Role::user, "b", {}});
  EXPECT_NE(cache_key("x", a), cache_key("x", b));
  a.model = "1;m";
  b = question("ab");
  b.model = "m";
  EXPECT_NE(cache_key("x", a), cache_key("x1;", b));
}

}  // namespace
}  // namespace sensorium::flow
