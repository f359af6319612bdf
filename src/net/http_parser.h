// Incremental HTTP/1.1 parsing of requests and responses: Beast's parser behind two plain classes.
// Surprising: it is fed bytes and gives views into them; nothing here touches a socket.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http_client.h"

namespace sensorium::net {

/// What arrived so far. Views point into the fed buffer or live as long as the parser.
struct ParsedHead {
  std::string method, target;  ///< requests
  int status = 0;              ///< responses
  Headers headers;
  bool keep_alive = true;
  bool chunked = false;
  bool http10 = false;  ///< requests: the client does not know chunked replies
  std::optional<std::uint64_t> content_length;
  bool expects_continue = false;
};

enum class HttpKind { request, response };

/// Parses one message. Not thread-safe.
class HttpParser {
 public:
  HttpParser(HttpKind kind, std::size_t head_limit, std::uint64_t body_limit);
  ~HttpParser();
  HttpParser(HttpParser&&) noexcept;
  HttpParser& operator=(HttpParser&&) noexcept;

  /// Consumes bytes of `input`, returns how many; call again with the rest plus more data.
  /// Body bytes met are handed to `body` (views into `input`).
  /// Errors: invalid_request (malformed), too_large (head or body over its limit).
  Result<std::size_t> feed(std::string_view input, std::vector<std::string_view>& body);
  /// Tells that the peer closed. An error if the message is not complete then.
  Status finish();

  bool head_done() const noexcept;
  bool done() const noexcept;
  /// True when a body is announced (or, for responses, runs until the peer closes).
  bool has_body() const noexcept;
  /// Valid once head_done().
  ParsedHead& head() noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sensorium::net
