// Signals and ticks on the loop of the main thread.
#include "exec/control_loop.h"

#include <gtest/gtest.h>

#include <csignal>
#include <vector>

namespace sensorium {
namespace {

TEST(ControlLoop, SignalsSentBeforeTheRunAreNotLost) {
  std::vector<int> seen;
  std::unique_ptr<ControlLoop> loop;
  loop = std::make_unique<ControlLoop>(std::initializer_list<int>{SIGUSR1}, [&](int number) {
    seen.push_back(number);
    loop->stop();
  });
  std::raise(SIGUSR1);
  loop->run();
  EXPECT_EQ(seen, std::vector<int>{SIGUSR1});
}

TEST(ControlLoop, ASignalMayStartTheTickAndTheTickMayEndTheLoop) {
  int ticks = 0;
  std::unique_ptr<ControlLoop> loop;
  loop = std::make_unique<ControlLoop>(std::initializer_list<int>{SIGUSR1}, [&](int) {
    loop->tick_every(Milliseconds(1), [&] {
      if (++ticks == 3) loop->stop();
    });
  });
  std::raise(SIGUSR1);
  loop->run();
  EXPECT_EQ(ticks, 3);
}

TEST(ControlLoopDeathTest, ReleasedSignalsActAsUsual) {
  EXPECT_EXIT(
      {
        ControlLoop loop({SIGUSR1}, [](int) {});
        loop.release_signals();
        std::raise(SIGUSR1);
        std::_Exit(0);
      },
      ::testing::KilledBySignal(SIGUSR1), "");
}

}  // namespace
}  // namespace sensorium
