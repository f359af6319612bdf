// CurlTransfer: one GET by libcurl, driven so that a stop of the context ends it within 100 ms.
// Surprising: the body goes to a callback only when the status is 200 or 206; of other replies the
// first bytes are kept for the message.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"

namespace sensorium::net {

struct TransferRequest {
  std::string url;
  std::vector<std::string> headers;
  std::string ca_file;
  Milliseconds stall{30'000};
};

/// The head of the last response; `linked_*` may come from a redirect before it.
struct TransferHead {
  int status = 0;
  std::int64_t length = -1;       ///< Content-Length
  std::int64_t range_start = -1;  ///< of Content-Range
  std::string validator;          ///< strong ETag, else Last-Modified
  std::string retry_after;
  std::string linked_sha256;      ///< X-Linked-Etag: the digest of a file in large-file storage
  std::int64_t linked_bytes = 0;  ///< X-Linked-Size
};

struct TransferEvents {
  std::function<Status(const TransferHead&)> begin;  ///< before the first byte of a 200 or 206
  std::function<Status(std::string_view)> body;
};

/// Blocking. The head of the final response, whatever its status. Errors: cancelled, deadline_exceeded,
/// those of the callbacks, upstream_unavailable (resolve, connect, TLS, cut), upstream_timeout (stalled).
Result<TransferHead> transfer(const CallContext& ctx, const TransferRequest& request,
                              const TransferEvents& events);

}  // namespace sensorium::net
