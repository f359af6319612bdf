// Who may call: configured keys, and protection of an open local service from web pages.
// Surprising: without keys any page in a browser could ask (and spend) through 127.0.0.1; a request that
// names a foreign origin is refused then.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "net/http_server.h"
#include "service/config.h"

namespace sensorium::server {

/// Immutable, thread-safe. Keeps digests, never keys.
class AccessRule {
 public:
  explicit AccessRule(const std::map<std::string, KeyConfig>& keys);
  bool has_keys() const noexcept { return !holders_.empty(); }
  /// The name of the key that asks, "" where there are none; lives as long as this. Errors: unauthenticated
  /// (no key, unknown key), forbidden (a page of another origin, without keys).
  Result<std::string_view> check(const net::HttpHead& head) const;

 private:
  struct Holder {
    std::string name, digest;
  };
  Result<std::string_view> check_key(const net::HttpHead& head) const;
  std::vector<Holder> holders_;
};

}  // namespace sensorium::server
