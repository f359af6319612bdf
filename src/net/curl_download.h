// download(): one large file by http or https to disk: resumed, verified, renamed when complete.
// Surprising: it blocks; call it on a plain thread or the CpuPool. An interrupted download leaves
// NAME.part (and NAME.part.tag, the server's validator), and the same call goes on from there.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/call_context.h"

namespace sensorium::net {

struct Download {
  std::string url;
  std::string path;                  ///< where the complete file goes; its folder must exist
  std::vector<std::string> headers;  ///< "Name: value"; not sent on to another host after a redirect
  std::int64_t bytes = 0;            ///< expected size; 0: unknown
  std::string sha256;                ///< expected, 64 hex digits; "": what the server says of it, if anything
  std::string ca_file;               ///< empty: the system's store
  Milliseconds stall{30'000};        ///< without a byte for so long the connection is given up
  int attempts = 5;                  ///< connections tried before a passing failure is final
  Milliseconds pause{1'000};         ///< before the second attempt; doubles
  std::function<void(std::int64_t done, std::int64_t total)> progress;  ///< total 0: unknown; same thread
};

struct Downloaded {
  std::int64_t bytes = 0;
  std::string sha256;
  bool verified = false;  ///< a digest was known beforehand and matches
};

/// Proxies come from the environment; TLS is always verified; redirects stay within http and https.
/// Stops within 100 ms of its context. Errors: cancelled, deadline_exceeded; not_found (404, 410);
/// upstream_auth (401, 403); upstream_rate_limited, upstream_unavailable, upstream_timeout after all
/// attempts; upstream_protocol (wrong size or digest: the part is removed); overloaded (another
/// process downloads the same file); misconfigured (the disk is full or cannot be written).
Result<Downloaded> download(const CallContext& ctx, const Download& request);

}  // namespace sensorium::net
