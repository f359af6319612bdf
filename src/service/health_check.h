// Asks a running service whether it is well, for `sensorium health` and container checks.
#pragma once

#include <string>

#include "base/call_context.h"

namespace sensorium::service {

struct HealthReport {
  std::string body;  ///< as it came: {"status":"healthy","service":"sensorium","version":"…"}
  std::string version;
};

/// GET /health of the service at `url` ("http://127.0.0.1:7373"). Blocks for at most as long as `ctx` allows.
/// Errors: invalid_request (not an address), upstream_unavailable (nobody listens, not ours, not healthy),
/// upstream_timeout, cancelled, deadline_exceeded.
Result<HealthReport> check_health(const CallContext& ctx, const std::string& url);

/// The address that a service with this `listen` setting is reached at from this machine.
std::string local_url(const std::string& listen);

}  // namespace sensorium::service
