// RedisClient against a real server: values, scripts, many at once, and a server that dies or freezes.
#include "store/redis_client.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "exec/run_task.h"
#include "store/redis_server_test_support.h"

namespace sensorium::store {
namespace {

constexpr RedisOptions quick{.connect = Milliseconds(500),
                             .command = Milliseconds(200),
                             .first_pause = Milliseconds(5),
                             .longest_pause = Milliseconds(20)};

RedisAddress address_of(const RedisServer& server) { return *parse_redis_url(server.url()); }

template <class Condition>
bool soon(Condition condition) {
  for (int i = 0; i < 1000 && !condition(); ++i) std::this_thread::sleep_for(Milliseconds(5));
  return condition();
}

TEST(RedisAddress, IsRead) {
  const auto full = parse_redis_url("redis://me:p%40ss@cache.example:7000/3");
  ASSERT_TRUE(full);
  EXPECT_EQ(full->host, "cache.example");
  EXPECT_EQ(full->port, 7000);
  EXPECT_EQ(full->database, 3);
  EXPECT_EQ(full->user, "me");
  EXPECT_EQ(full->password, "p@ss");
  EXPECT_EQ(full->shown(), "redis://cache.example:7000/3");
  EXPECT_EQ(parse_redis_url("redis://[::1]:1/")->host, "::1");
  EXPECT_EQ(parse_redis_url("redis://h")->port, 6379);
  EXPECT_EQ(parse_redis_url("redis+unix:///run/r.sock?db=2")->database, 2);
}

TEST(RedisAddress, IsRefused) {
  for (const char* bad :
       {"", "http://x", "rediss://x", "redis://", "redis://:secret@", "redis://h:0", "redis://h:x",
        "redis://h/x", "redis+unix://rel", "redis+unix:///a?x=1", "redis://[::1"}) {
    const auto parsed = parse_redis_url(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code, Code::misconfigured);
    EXPECT_FALSE(sentence(parsed.error()).contains("secret"));
  }
}

TEST(RedisClient, KeepsValues) {
  RedisServer server;
  SN_START_REDIS(server);
  RedisClient client(address_of(server), quick);
  const std::string binary("a\0b\r\n", 5);
  EXPECT_EQ(run_task(client.get({}, "k")).value(), std::nullopt);
  ASSERT_TRUE(run_task(client.set({}, "k", binary, Milliseconds(60'000))));
  EXPECT_EQ(run_task(client.get({}, "k")).value(), binary);
  ASSERT_TRUE(run_task(client.remove({}, "k")));
  EXPECT_EQ(run_task(client.get({}, "k")).value(), std::nullopt);
  ASSERT_TRUE(run_task(client.set({}, "short", "x", Milliseconds(1))));
  EXPECT_TRUE(soon([&] { return !run_task(client.get({}, "short")).value(); }));
}

TEST(RedisClient, SaysWhatTheServerRefused) {
  RedisServer server;
  SN_START_REDIS(server);
  RedisClient client(address_of(server), quick);
  const auto reply = run_task(client.call({}, {"NOSUCHCOMMAND"}));
  ASSERT_FALSE(reply);
  EXPECT_TRUE(reply.error().message.contains("unknown command"));
  EXPECT_TRUE(run_task(client.call({}, {"PING"}))) << "an error reply does not end the connection";
}

Result<RedisReply> run_script(RedisClient& client, const RedisScript& script) {
  std::promise<Result<RedisReply>> promise;
  client.run(script, {"key"}, {"5"}, [&](Result<RedisReply> reply) { promise.set_value(std::move(reply)); });
  return promise.get_future().get();
}

TEST(RedisClient, RunsScriptsEvenWhenTheServerForgot) {
  RedisServer server;
  SN_START_REDIS(server);
  RedisClient client(address_of(server), quick);
  static constexpr RedisScript add{"return {redis.call('INCRBY', KEYS[1], ARGV[1]), 'x'}"},
      broken{"this is not Lua"};
  EXPECT_EQ(run_script(client, add)->list.at(0).integer, 5);
  ASSERT_TRUE(run_task(client.call({}, {"SCRIPT", "FLUSH"})));
  EXPECT_EQ(run_script(client, add)->list.at(0).integer, 10);
  EXPECT_FALSE(run_script(client, broken));
  EXPECT_EQ(run_script(client, add)->list.at(0).integer, 15);
}

TEST(RedisClient, ManyThreads) {
  RedisServer server;
  SN_START_REDIS(server);
  RedisClient client(address_of(server), quick);
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 200; ++i)
          if (run_task(client.call({}, {"INCR", "n"}))) ++good;
      });
  }
  EXPECT_EQ(good, 800);
  EXPECT_EQ(run_task(client.get({}, "n")).value(), "800");
}

TEST(RedisClient, FailsAtOnceWhileAwayAndComesBack) {
  RedisServer server;
  RedisClient client(address_of(server), quick);
  EXPECT_TRUE(soon([&] { return !client.available(); }));
  EXPECT_EQ(run_task(client.get({}, "k")).error().code, Code::upstream_unavailable);
  SN_START_REDIS(server);
  EXPECT_TRUE(soon([&] { return client.available(); }));
  ASSERT_TRUE(run_task(client.set({}, "k", "v", Milliseconds(60'000))));
  server.stop();
  EXPECT_FALSE(run_task(client.get({}, "k")));
  EXPECT_TRUE(soon([&] { return !client.available(); }));
  ASSERT_TRUE(server.start());
  EXPECT_TRUE(soon([&] { return client.available(); }));
  EXPECT_EQ(run_task(client.get({}, "k")).value(), std::nullopt);
}

TEST(RedisClient, AFrozenServerCostsOneTimeout) {
  RedisServer server;
  SN_START_REDIS(server);
  RedisClient client(address_of(server), quick);
  ASSERT_TRUE(run_task(client.call({}, {"PING"})));
  server.freeze();
  const TimePoint begin = SteadyClock::now();
  EXPECT_FALSE(run_task(client.call({}, {"PING"})));
  EXPECT_GE(SteadyClock::now() - begin, Milliseconds(150));
  server.go_on();
  EXPECT_TRUE(soon([&] { return run_task(client.call({}, {"PING"})).has_value(); }));
}

TEST(RedisClient, ACallerMayLeave) {
  RedisServer server;
  SN_START_REDIS(server);
  RedisClient client(address_of(server), quick);
  ASSERT_TRUE(run_task(client.call({}, {"PING"})));
  server.freeze();
  EXPECT_EQ(run_task(client.call(CallContext().with_timeout(Milliseconds(5)), {"PING"})).error().code,
            Code::deadline_exceeded);
  server.go_on();
}

}  // namespace
}  // namespace sensorium::store
