// ControlLoop: the loop of a program's main thread while its shards work: signals and a tick.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>

#include "base/call_context.h"

namespace sensorium {

/// Signals are caught from construction to destruction and handled in run(). One thread; one per process.
class ControlLoop {
 public:
  ControlLoop(std::initializer_list<int> signals, std::function<void(int signal)> on_signal);
  ~ControlLoop();
  ControlLoop(const ControlLoop&) = delete;
  ControlLoop& operator=(const ControlLoop&) = delete;

  /// Calls `tick` again and again from now on; call once, from on_signal or before run().
  void tick_every(Milliseconds period, std::function<void()> tick);
  /// From now on signals do what they do in a program that never asked for them.
  void release_signals();
  /// Returns after stop().
  void run();
  /// From on_signal or the tick.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sensorium
