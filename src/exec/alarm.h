// Alarm: calls a function at a time on the shard that set it; gone with this object.
#pragma once

#include <functional>
#include <memory>

#include "exec/task.h"

namespace sensorium {

/// For one shard's thread only.
class Alarm {
 public:
  virtual ~Alarm() = default;
  /// Another time instead; any time before it has rung.
  virtual void move_to(TimePoint time) = 0;
  virtual void cancel() = 0;
};

/// The function must not destroy the alarm.
Task<std::unique_ptr<Alarm>> set_alarm(TimePoint time, std::function<void()> ring);

}  // namespace sensorium
