// Where a Redis server is, as the configuration names it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sensorium::store {

struct RedisAddress {
  std::string host = "127.0.0.1";
  int port = 6379;
  std::string socket;  ///< path of a Unix socket; then host and port do not matter
  int database = 0;
  std::string user, password;  ///< secrets: never logged, never in an Error

  /// "redis://cache.example:6379/2" without the secrets, for people.
  std::string shown() const;
};

/// redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE] or redis+unix:///PATH[?db=DATABASE].
/// Errors: misconfigured (another scheme, rediss://, a bad port).
Result<RedisAddress> parse_redis_url(std::string_view url);

}  // namespace sensorium::store
