// Stores: what a process keeps beyond one question: answers, who waits for which call, prepared pictures,
// money. Built from [cache] and state_dir. Surprising: nothing is opened here; the database comes with the
// first question that may use it.
#pragma once

#include <memory>
#include <string>

#include "engine/chat_engine.h"
#include "media/prepared_cache.h"
#include "store/ledger.h"

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

  /// `engine` behind its budgets and the answer cache, unless that is off. `identity` tells engines apart
  /// that may answer differently.
  std::unique_ptr<ChatEngine> wrap(const std::string& provider, std::string identity,
                                   std::unique_ptr<ChatEngine> engine);
  /// null when [cache] prepared_mb is 0.
  media::PreparedCache* prepared() noexcept;
  store::Ledger& ledger() noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sensorium::service
