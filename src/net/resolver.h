// NameResolver: names to addresses for the media firewall, replaceable in tests.
// Surprising: the system's resolver runs on a thread of its own for each name, since getaddrinfo can neither
// be cancelled nor bounded in time; whoever asked goes on at once when the call is over.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "exec/task.h"
#include "net/ip_address.h"

namespace sensorium::net {

class NameResolver {
 public:
  virtual ~NameResolver() = default;
  /// All addresses of `host`, best first. Runs under guarded(). Errors: fetch_failed, overloaded.
  virtual Task<std::vector<IpAddress>> resolve(std::string host) = 0;
};

/// Shard-bound; at most a few names at a time.
std::unique_ptr<NameResolver> system_resolver();

}  // namespace sensorium::net
