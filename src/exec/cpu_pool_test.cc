// The pool: what it refuses, what it finishes, and that waiting coroutines survive cancellation.
#include "exec/cpu_pool.h"

#include <gmock/gmock.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <random>
#include <semaphore>

#include "exec/guard.h"
#include "exec/run_task.h"

namespace sensorium {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Task<int> doubled(CpuPool& pool, CallContext context, int number) {
  co_return co_await pool.run(context, [number](const CallContext&) -> Result<int> { return 2 * number; });
}

// Holds one thread of a pool until it is released.
class Blocker {
 public:
  explicit Blocker(CpuPool& pool) {
    EXPECT_TRUE(pool.submit([state = state_] {
      state->started.release();
      state->gate.acquire();
    }));
    state_->started.acquire();
  }
  ~Blocker() { state_->gate.release(); }

 private:
  struct State {
    std::binary_semaphore started{0}, gate{0};
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

TEST(CpuPool, RunsWorkAndBringsItsResultBack) {
  CpuPool pool(2);
  EXPECT_EQ(run_task(doubled(pool, {}, 21)).value(), 42);
}

TEST(CpuPool, ResumesOnTheThreadOfTheCaller) {
  CpuPool pool(1);
  const auto home = std::this_thread::get_id();
  auto where = [&]() -> Task<> {
    const auto there = SN_CO_TRY(co_await pool.run(
        {}, [](const CallContext&) -> Result<std::thread::id> { return std::this_thread::get_id(); }));
    EXPECT_NE(there, home);
    EXPECT_EQ(std::this_thread::get_id(), home);
    co_return Status{};
  };
  EXPECT_TRUE(run_task(where()));
}

TEST(CpuPool, BringsErrorsBackAsValues) {
  CpuPool pool(1);
  auto failing = [&]() -> Task<int> {
    co_return co_await pool.run(
        {}, [](const CallContext&) -> Result<int> { return Error(Code::corrupt_media, "broken"); });
  };
  EXPECT_EQ(run_task(failing()).error().code, Code::corrupt_media);
}

TEST(CpuPool, HasAThreadPerCoreUnlessTold) {
  EXPECT_EQ(CpuPool().threads(), std::max(1U, std::thread::hardware_concurrency()));
  EXPECT_EQ(CpuPool(3).threads(), 3U);
}

TEST(CpuPool, IsOverloadedAtOnceWhenItsQueueIsFull) {
  std::atomic<bool> ran = false;
  CpuPool pool(1, 1);
  Blocker blocker(pool);
  ASSERT_TRUE(pool.submit([&ran] { ran = true; }));
  EXPECT_EQ(pool.waiting(), 1U);
  EXPECT_FALSE(pool.submit([] {}));
  const auto refused = run_task(doubled(pool, {}, 1));
  EXPECT_EQ(refused.error().code, Code::overloaded);
  EXPECT_TRUE(refused.error().retry_after.has_value());
  EXPECT_FALSE(refused.error().hint.empty());
  EXPECT_FALSE(ran);
}

TEST(CpuPool, DoesNotQueueWorkThatIsAlreadyOver) {
  CpuPool pool(1);
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(run_task(doubled(pool, CallContext("r", TimePoint::max(), source.get_token()), 1)).error().code,
            Code::cancelled);
  EXPECT_EQ(run_task(doubled(pool, CallContext().with_timeout(0ms), 1)).error().code,
            Code::deadline_exceeded);
}

// Queued behind a blocker; `end` ends the context while the work waits.
Result<int> run_while_queued(CpuPool& pool, CallContext context, std::atomic<bool>& ran, auto&& end) {
  boost::asio::io_context io(1);
  std::optional<Result<int>> result;
  {
    Blocker blocker(pool);
    auto work = [&]() -> Task<int> {
      co_return co_await pool.run(context,
                                  [&ran](const CallContext&) -> Result<int> { return ran = true, 1; });
    };
    boost::asio::co_spawn(io, work(),
                          [&](std::exception_ptr, Result<int> value) { result = std::move(value); });
    io.poll();
    EXPECT_EQ(pool.waiting(), 1U);
    end();
  }
  io.run();
  return std::move(result).value();
}

TEST(CpuPool, SkipsWorkCancelledWhileItWaited) {
  std::atomic<bool> ran = false;
  CpuPool pool(1);
  std::stop_source source;
  const CallContext context("r", TimePoint::max(), source.get_token());
  const auto result = run_while_queued(pool, context, ran, [&] { source.request_stop(); });
  EXPECT_EQ(result.error().code, Code::cancelled);
  EXPECT_FALSE(ran);
}

TEST(CpuPool, SkipsWorkWhoseDeadlinePassedWhileItWaited) {
  std::atomic<bool> ran = false;
  CpuPool pool(1);
  const auto context = CallContext().with_timeout(20ms);
  const auto result =
      run_while_queued(pool, context, ran, [&] { std::this_thread::sleep_until(context.deadline()); });
  EXPECT_EQ(result.error().code, Code::deadline_exceeded);
  EXPECT_FALSE(ran);
}

TEST(CpuPool, GivesRunningWorkItsContextToPoll) {
  CpuPool pool(1);
  std::stop_source source;
  auto polling = [&]() -> Task<> {
    co_return co_await pool.run(CallContext("r", TimePoint::max(), source.get_token()),
                                [&](const CallContext& ctx) -> Status {
                                  source.request_stop();
                                  return ctx.check();
                                });
  };
  EXPECT_EQ(run_task(polling()).error().code, Code::cancelled);
}

TEST(CpuPool, FinishesWhatItAcceptedBeforeItEnds) {
  std::atomic<int> ran = 0, exits = 0;
  {
    CpuPool pool(2, 100, [&] { ++exits; });
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(pool.submit([&] { ++ran; }));
  }
  EXPECT_EQ(ran, 100);
  EXPECT_EQ(exits, 2);
}

struct Tally {
  std::atomic<int> started = 0, finished = 0;
};

// Works on memory of this frame, as a decoder works on its caller's bytes: the pool must not outlive it.
Task<> work_on_own_frame(CpuPool& pool, CallContext context, Tally& tally) {
  std::vector<unsigned> own(64, 1);
  co_return co_await pool.run(context, [&](const CallContext& ctx) -> Status {
    ++tally.started;
    for (int round = 0; round < 200; ++round) {
      for (unsigned& item : own) item = item * 3 + 1;
      if (auto alive = ctx.check(); !alive) return ++tally.finished, alive;
    }
    ++tally.finished;
    return {};
  });
}

Task<> guarded_work(CpuPool& pool, CallContext context, Tally& tally) {
  co_return co_await guarded(context, work_on_own_frame(pool, context, tally));
}

TEST(CpuPool, SurvivesAThousandRandomCancellations) {
  constexpr std::size_t calls = 1'000;
  Tally tally;
  CpuPool pool(2, calls);
  std::mt19937 random(7);
  std::uniform_int_distribution<int> microseconds(0, 20'000);
  std::vector<std::stop_source> sources(calls);
  std::vector<Task<>> tasks;
  for (auto& source : sources) {
    const auto deadline = SteadyClock::now() + std::chrono::microseconds(microseconds(random));
    tasks.push_back(guarded_work(pool, CallContext("r", deadline, source.get_token()), tally));
  }
  boost::asio::io_context io(1);
  std::jthread stopper([&] {
    for (std::size_t i = 0; i < calls; i += 2) sources[random() % calls].request_stop();
  });
  std::size_t ok = 0, over = 0;
  for (const auto& result : run_tasks(io, std::move(tasks))) {
    if (result) {
      ++ok;
      continue;
    }
    ++over;
    EXPECT_THAT((std::vector{Code::cancelled, Code::deadline_exceeded}),
                testing::Contains(result.error().code));
  }
  EXPECT_EQ(ok + over, calls);
  EXPECT_GT(over, 0U);
  EXPECT_EQ(tally.started, tally.finished);
}

}  // namespace
}  // namespace sensorium
