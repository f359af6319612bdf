// Stores: what a process keeps beyond one question: answers, and who waits for which call. Built from
// [cache] and state_dir.
// Surprising: nothing is opened here; the database comes with the first question that may use it.
#pragma once

#include <memory>
#include <string>

#include "engine/chat_engine.h"

namespace sensorium {
struct Config;
}

namespace sensorium::service {

class Metrics;

/// Thread-safe. Outlives the engines it wraps.
class Stores {
 public:
  Stores(const Config& config, Metrics& metrics);
  ~Stores();

  /// `engine` behind the answer cache, unless [cache] is off. `identity` tells engines apart that may
  /// answer differently.
  std::unique_ptr<ChatEngine> wrap(std::string identity, std::unique_ptr<ChatEngine> engine);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sensorium::service
