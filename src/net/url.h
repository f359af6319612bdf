// Url: scheme, host, port and target of an http or https address, or of a Unix socket.
// Surprising: `unix:/path/to.sock:/v1/x` is accepted; that is how child processes are reached.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sensorium::net {

struct Url {
  std::string scheme;        ///< "http", "https" or "unix"
  std::string host;          ///< lower case, without brackets; for unix: the socket's path
  std::string port;          ///< digits; filled with the scheme's default
  std::string target = "/";  ///< path and query
  bool secure() const noexcept { return scheme == "https"; }
  /// "http://host:port", the key of a connection pool.
  std::string origin() const;
};

/// Errors: invalid_request. Credentials in an address ("user@host") are refused.
Result<Url> parse_url(std::string_view text);

/// `base` with `path` appended to its target, exactly one slash between them.
Url join(Url base, std::string_view path);

}  // namespace sensorium::net
