// The runtime with real processes: a scripted child that starts slowly, never, badly or dies later.
#include "engine/local/runtime.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <filesystem>
#include <thread>

#include "engine/local/health.h"
#include "engine/local/process.h"
#include "engine/local/scripted_child.h"
#include "exec/run_task.h"

namespace sensorium::local {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::ScriptedChild;

bool alive(int pid) { return ::kill(pid, 0) == 0; }

// Waits for something that another process does; bounded.
template <class Condition>
bool eventually(Condition condition, Milliseconds limit = 10s) {
  for (const auto end = SteadyClock::now() + limit; SteadyClock::now() < end;) {
    if (condition()) return true;
    std::this_thread::sleep_for(2ms);
  }
  return condition();
}

ChildState only_state(const Runtime& runtime) {
  const auto states = runtime.states();
  EXPECT_EQ(states.size(), 1U);
  return states.empty() ? ChildState{} : states.front();
}

class RuntimeTest : public ::testing::Test {
 protected:
  Result<Lease> acquire(const ChildSpec& spec, const CallContext& ctx = CallContext().with_timeout(60s)) {
    return run_task(runtime_->acquire(ctx, spec));
  }
  void restart(RuntimeOptions options) { runtime_ = std::make_unique<Runtime>(std::move(options)); }

  ScriptedChild child_;
  std::unique_ptr<Runtime> runtime_ = std::make_unique<Runtime>(RuntimeOptions{});
};

TEST_F(RuntimeTest, StartsTheChildAndLendsItsPrivateSocketAndKey) {
  const auto lease = acquire(child_.spec("serve"));
  ASSERT_TRUE(lease) << sentence(lease.error());
  EXPECT_EQ(lease->url().scheme, "unix");
  EXPECT_GE(lease->key().size(), 32U);
  EXPECT_EQ(probe_health(lease->url().host, lease->key(), 1s), Health::ready);
  EXPECT_EQ(probe_health(lease->url().host, "another key", 1s), Health::loading);
  struct stat folder{};
  ASSERT_EQ(::stat(std::filesystem::path(lease->url().host).parent_path().c_str(), &folder), 0);
  EXPECT_EQ(folder.st_mode & 0777, 0700U);
  EXPECT_EQ(only_state(*runtime_).state, "ready");
  EXPECT_GT(only_state(*runtime_).resident_bytes, 1 << 20);
}

TEST_F(RuntimeTest, ASlowStartAndALoadingModelAreWaitedFor) {
  EXPECT_TRUE(acquire(child_.spec("slow", "0.3")));
  EXPECT_TRUE(acquire(child_.spec("loading", "4", "loading")));
}

TEST_F(RuntimeTest, AHundredCallersStartOneChild) {
  boost::asio::io_context io(1);
  const auto ctx = CallContext().with_timeout(60s);
  const auto spec = child_.spec("slow", "0.1");
  std::vector<Task<Lease>> tasks;
  for (int i = 0; i < 100; ++i) tasks.push_back(runtime_->acquire(ctx, spec));
  const auto leases = run_tasks(io, std::move(tasks));
  for (const auto& lease : leases) ASSERT_TRUE(lease) << sentence(lease.error());
  EXPECT_EQ(child_.started().size(), 1U);
}

TEST_F(RuntimeTest, NeverReadyIsGivenUpWithItsLimitNamed) {
  auto spec = child_.spec("never");
  spec.ready_within = 3s;  // a busy machine takes a second to start an interpreter
  const auto lease = acquire(spec);
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().code, Code::upstream_unavailable);
  EXPECT_THAT(lease.error().message, HasSubstr("was not ready within 3 s"));
  ASSERT_FALSE(child_.started().empty());
  EXPECT_FALSE(alive(child_.started().front()));
}

TEST_F(RuntimeTest, ACrashAtTheStartTellsItsLastWords) {
  auto spec = child_.spec("crash");
  spec.failure_hint = "Pull the model again";
  const auto lease = acquire(spec);
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().code, Code::upstream_unavailable);
  EXPECT_THAT(lease.error().message, HasSubstr("ended with exit status 3 at its start"));
  EXPECT_THAT(lease.error().message, HasSubstr("tensor data is not within the file"));
  EXPECT_EQ(lease.error().hint, "Pull the model again");
  EXPECT_EQ(only_state(*runtime_).state, "failed");
  EXPECT_THAT(only_state(*runtime_).last_error, HasSubstr("tensor data"));
}

TEST_F(RuntimeTest, RepeatedCrashesBackOffUntilCallersAreTurnedAway) {
  Result<Lease> lease = Error(Code::internal, "not asked yet");
  for (int i = 0; i < 8 && (i == 0 || lease.error().code == Code::upstream_unavailable); ++i)
    lease = acquire(child_.spec("crash"));
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().code, Code::upstream_overloaded);
  ASSERT_TRUE(lease.error().retry_after);
  EXPECT_GT(*lease.error().retry_after, 500ms);
  EXPECT_LE(*lease.error().retry_after, 30s);
  EXPECT_THAT(lease.error().hint, HasSubstr("tensor data"));
  EXPECT_LE(child_.started().size(), 5U);
}

TEST_F(RuntimeTest, AChildThatFailsOnceIsStartedAgain) {
  const auto spec = child_.spec("crash_first", "1");
  EXPECT_FALSE(acquire(spec));
  EXPECT_TRUE(acquire(spec));
  EXPECT_EQ(child_.started().size(), 2U);
  EXPECT_EQ(only_state(*runtime_).restarts, 1);
}

TEST_F(RuntimeTest, AChildThatDiesWhileReadyIsStartedAgainByTheNextCaller) {
  const auto spec = child_.spec("serve");
  const auto first = acquire(spec);
  ASSERT_TRUE(first);
  const int pid = child_.started().front();
  ASSERT_EQ(::kill(pid, SIGKILL), 0);
  ASSERT_TRUE(eventually([&] { return has_ended(pid) || !alive(pid); }));
  const auto second = acquire(spec);  // perhaps before the supervisor noticed
  ASSERT_TRUE(second) << sentence(second.error());
  EXPECT_NE(first->key(), second->key());
  EXPECT_EQ(child_.started().size(), 2U);
}

TEST_F(RuntimeTest, ACrashWhileReadyIsRememberedForListings) {
  ASSERT_TRUE(acquire(child_.spec("brief", "0.05")));
  ASSERT_TRUE(eventually([&] { return only_state(*runtime_).state == "failed"; }));
  EXPECT_THAT(only_state(*runtime_).last_error, HasSubstr("ended with exit status 7 while it ran"));
  EXPECT_THAT(only_state(*runtime_).last_error, HasSubstr("the picture was too strange"));
}

TEST_F(RuntimeTest, OutOfMemoryIsRecognisedByWordsAndBySigkill) {
  auto spec = child_.spec("oom");
  spec.memory_hint = "Pull smolvlm instead";
  const auto words = acquire(spec);
  ASSERT_FALSE(words);
  EXPECT_THAT(words.error().message, HasSubstr("ran out of memory at its start"));
  EXPECT_EQ(words.error().hint, "Pull smolvlm instead");
  const auto killed = acquire(child_.spec("killed", "0", "killed"));
  ASSERT_FALSE(killed);
  EXPECT_THAT(killed.error().message, HasSubstr("most likely ran out of memory"));
}

TEST_F(RuntimeTest, TooLittleMemoryIsSaidBeforeTheStart) {
  RuntimeOptions options;
  options.free_memory = [] { return std::int64_t{2} << 30; };
  restart(std::move(options));
  auto spec = child_.spec("serve");
  spec.memory_bytes = std::int64_t{3} << 30;
  const auto lease = acquire(spec);
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().code, Code::upstream_unavailable);
  EXPECT_THAT(lease.error().message, HasSubstr("needs 3.0 GiB of memory, 2.0 GiB are free"));
  EXPECT_TRUE(child_.started().empty());
}

TEST_F(RuntimeTest, AnIdleChildMakesRoomForAnother) {
  RuntimeOptions options;
  options.max_memory_bytes = std::int64_t{3} << 30;
  options.free_memory = [] { return std::int64_t{64} << 30; };
  restart(std::move(options));
  auto spec = child_.spec("serve");
  spec.memory_bytes = std::int64_t{2} << 30;
  ASSERT_TRUE(acquire(spec));
  auto other = child_.spec("serve", "0", "other");
  other.memory_bytes = std::int64_t{2} << 30;
  const auto lease = acquire(other);
  ASSERT_TRUE(lease) << sentence(lease.error());
  EXPECT_FALSE(alive(child_.started().front()));
  const auto held = acquire(spec);  // "other" is held by a lease: nothing can go
  ASSERT_FALSE(held);
  EXPECT_THAT(held.error().message, HasSubstr("1.0 GiB are free"));
}

TEST_F(RuntimeTest, AMissingProgramIsNotBuiltIn) {
  ChildSpec spec;
  spec.name = "missing";
  spec.argv = {"/nowhere/llama-server"};
  const auto lease = acquire(spec);
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().code, Code::not_built_in);
  EXPECT_FALSE(lease.error().hint.empty());
  spec.argv = {child_.folder() / "child.py"};  // exists, is no program
  EXPECT_EQ(acquire(spec).error().code, Code::not_built_in);
}

TEST_F(RuntimeTest, IdleChildrenStopButNotWhileLeased) {
  auto spec = child_.spec("serve");
  spec.idle_stop = 100ms;
  auto lease = std::make_unique<Result<Lease>>(acquire(spec));
  ASSERT_TRUE(*lease);
  const int pid = child_.started().front();
  EXPECT_FALSE(eventually([&] { return !alive(pid); }, 400ms));
  lease.reset();
  EXPECT_TRUE(eventually([&] { return only_state(*runtime_).state == "stopped"; }));
  EXPECT_FALSE(alive(pid));
  EXPECT_TRUE(acquire(spec));
  EXPECT_EQ(only_state(*runtime_).restarts, 0);
}

TEST_F(RuntimeTest, WaitingCanBeCancelledAndLimited) {
  const auto spec = child_.spec("never");
  std::stop_source source;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(100ms);
    source.request_stop();
  });
  const auto begin = SteadyClock::now();
  const auto cancelled = acquire(spec, CallContext("r", TimePoint::max(), source.get_token()));
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().code, Code::cancelled);
  EXPECT_LT(SteadyClock::now() - begin, 1s);
  const auto late = acquire(spec, CallContext().with_timeout(50ms));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::deadline_exceeded);
}

TEST_F(RuntimeTest, DestructionStopsTheWholeFamilyAndRemovesTheFolder) {
  const auto lease = acquire(child_.spec("family"));
  ASSERT_TRUE(lease);
  const int grandchild = std::stoi(child_.read("grandchild"));
  ASSERT_TRUE(alive(grandchild));
  runtime_.reset();
  EXPECT_FALSE(alive(child_.started().front()));
  EXPECT_TRUE(eventually([&] { return !alive(grandchild); }));
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::path(lease->url().host).parent_path()));
}

TEST_F(RuntimeTest, AStubbornIdleChildIsKilledAfterTheGrace) {
  auto spec = child_.spec("stubborn");
  spec.idle_stop = 50ms;
  const auto begin = SteadyClock::now();
  ASSERT_TRUE(acquire(spec));
  const int pid = child_.started().front();
  EXPECT_TRUE(eventually([&] { return !alive(pid); }));
  EXPECT_GE(SteadyClock::now() - begin, 2900ms);
}

TEST_F(RuntimeTest, AStubbornChildDoesNotHoldUpTheEnd) {
  ASSERT_TRUE(acquire(child_.spec("stubborn")));
  const auto begin = SteadyClock::now();
  runtime_.reset();
  EXPECT_LT(SteadyClock::now() - begin, 1s);
  EXPECT_FALSE(alive(child_.started().front()));
}

TEST_F(RuntimeTest, ChildrenSeeNoKeysAndWaitPassively) {
  ::setenv("SECRET_API_KEY", "sk-very-secret", 1);
  auto spec = child_.spec("environment");
  spec.environment = {{"MODEL_KEY", "<{key}>"}, {"OMP_NUM_THREADS", "1"}};
  const auto lease = acquire(spec);
  ::unsetenv("SECRET_API_KEY");
  ASSERT_TRUE(lease) << sentence(lease.error());
  const auto environment = child_.read("environment");
  EXPECT_THAT(environment, HasSubstr("OMP_WAIT_POLICY=passive"));
  EXPECT_THAT(environment, HasSubstr("MODEL_KEY=<" + lease->key() + ">"));
  EXPECT_THAT(environment, HasSubstr("PATH="));
  EXPECT_THAT(environment, Not(HasSubstr("sk-very-secret")));
}

TEST_F(RuntimeTest, AFloodOfOutputBlocksNobody) { EXPECT_TRUE(acquire(child_.spec("flood", "3000000"))); }

TEST_F(RuntimeTest, ASocketFolderThatIsTooDeepIsMisconfigured) {
  RuntimeOptions options;
  options.runtime_dir = child_.folder() / std::string(100, 'd');
  restart(std::move(options));
  const auto lease = acquire(child_.spec("serve"));
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().code, Code::misconfigured);
}

// A process of its own that is killed the hard way: nothing may be left behind.
TEST(RuntimeOrphanTest, NoOrphanAfterOurSigkill) {
  const ScriptedChild child;
  const pid_t owner = ::fork();
  ASSERT_GE(owner, 0);
  if (owner == 0) {
    Runtime runtime({});
    const auto ctx = CallContext().with_timeout(60s);
    const auto spec = child.spec("serve");
    const auto lease = run_task(runtime.acquire(ctx, spec));
    ::pause();
  }
  EXPECT_TRUE(eventually([&] { return !child.started().empty(); }));
  ::kill(owner, SIGKILL);
  ::waitpid(owner, nullptr, 0);
  const auto started = child.started();
  ASSERT_EQ(started.size(), 1U);
  EXPECT_TRUE(eventually([&] { return !alive(started.front()); }));
}

}  // namespace
}  // namespace sensorium::local
