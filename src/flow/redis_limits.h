// RedisLimits: limits in Redis: many processes and machines share one budget. One script decides and takes.
// Surprising: the clock is that of the Redis server, so machines need not agree on the time.
#pragma once

#include "flow/shared_limits.h"
#include "store/redis_client.h"

namespace sensorium::flow {

/// Keys are "sensorium:limit:{GATE}" (a hash of due times in microseconds, gone after an hour without use)
/// and "...:inside" (places with the time at which each is lost).
class RedisLimits final : public SharedLimits {
 public:
  explicit RedisLimits(store::RedisClient& redis) : redis_(redis) {}
  bool available() const noexcept override { return redis_.available(); }
  void take(const std::string& gate, const GateLimits& limits, const Units& units, std::string lease,
            Milliseconds hold, Decided done) override;
  void settle(const std::string& gate, const GateLimits& limits, const Units& more,
              std::string lease) override;
  void block(const std::string& gate, Unit unit, Milliseconds time) override;

 private:
  store::RedisClient& redis_;
};

}  // namespace sensorium::flow
