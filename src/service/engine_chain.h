// The wrappers around every engine, in one place: limits, breaker, retries, and whatever else is an
// engine that wraps an engine; and the gates of the service's callers.
// Surprising: wrappers are made per shard, but what they count is shared by all shards of the process,
// and with other processes where [limits] names a Redis server.
#pragma once

#include <memory>
#include <string>

#include "engine/chat_engine.h"
#include "flow/gate.h"
#include "service/providers.h"

namespace sensorium::service {

class Metrics;

/// Built once per process; thread-safe. Outlives the engines it wrapped.
class EngineChain {
 public:
  EngineChain(const Config& config, Metrics& metrics);
  ~EngineChain();

  /// Whether its part of the configuration can be used. Errors: misconfigured.
  static Status check(const Config& config);

  /// `bare` as questions meet it. `provider` is null for engines of this machine.
  std::unique_ptr<ChatEngine> wrap(const std::string& name, const Provider* provider,
                                   std::unique_ptr<ChatEngine> bare);

  /// The limits of the key `caller`; null when it has none.
  flow::Gate* gate_of(const std::string& caller);

  /// Limits are to be shared and the others cannot be reached.
  bool degraded() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sensorium::service
