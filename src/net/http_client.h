// HttpClient: the client for engine calls: pooled keep-alive connections of one shard, TLS with
// verification, HTTP proxies, Unix sockets. Everything a shard needs, nothing shared with others.
// Surprising: body pieces are views (no copy of a picture); they must outlive
// the call. A request that failed before its first response byte on a reused connection is repeated
// once on a fresh one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "exec/task.h"
#include "net/ip_address.h"
#include "net/proxy.h"
#include "net/url.h"

namespace boost::asio {
class io_context;
}

namespace sensorium::net {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// The first value of `name` (any case), or "".
std::string_view find_header(const Headers& headers, std::string_view name) noexcept;

/// Settings with the defaults of the contract. The whole call is bounded by its CallContext.
struct HttpTimeouts {
  Milliseconds connect{10'000};
  Milliseconds first_byte{60'000};
  Milliseconds idle{30'000};
};

/// A part of a body, written as it is or as base64. Base64 is made while it is sent, a window at a
/// time, so that a large picture never stands in memory a second time.
struct BodyPiece {
  enum class Form : std::uint8_t { plain, base64 };
  BodyPiece(std::string_view given, Form as = Form::plain) : bytes(given), form(as) {}
  std::string_view bytes;
  Form form;
};

/// The way a call takes where its caller decides it: to these addresses only, through this proxy. No name is
/// resolved here and no pooled connection used. Through a proxy the first address is what the tunnel leads
/// to; without addresses the proxy resolves the name.
struct HttpRoute {
  std::vector<SocketAddress> addresses;
  std::optional<Proxy> proxy;
};

struct HttpCall {
  std::string method = "POST";
  Url url;
  Headers headers;              ///< Host, Content-Length and Connection are added
  std::vector<BodyPiece> body;  ///< written in order
  HttpTimeouts timeouts;
  std::optional<HttpRoute> route = {};  ///< nothing: resolved here, proxy from the environment, pooled
};

struct HttpReply {
  int status = 0;
  Headers headers;
  std::string body;
};

/// A response whose body is being read. Dropping it before the end closes the connection.
class HttpStream {
 public:
  virtual ~HttpStream() = default;
  virtual int status() const noexcept = 0;
  virtual const Headers& headers() const noexcept = 0;
  /// The next piece as it arrived; empty at the end. The view is valid until the next call.
  /// Errors: upstream_timeout (idle), upstream_broken_stream (cut), cancelled, deadline_exceeded.
  virtual Task<std::string_view> read() = 0;
};

class Tape;  // net/tape.h

/// Settings of one client; `proxy_from_environment` reads HTTP(S)_PROXY and NO_PROXY.
struct HttpClientOptions {
  std::size_t max_idle_per_origin = 64;
  bool proxy_from_environment = true;
  std::string ca_file;              ///< empty: the system's store
  std::shared_ptr<Tape> tape = {};  ///< records all exchanges, or plays them; null: neither
};

/// Use from its shard's thread only; must outlive its HttpStreams.
class HttpClient {
 public:
  explicit HttpClient(boost::asio::io_context& io, HttpClientOptions options = {});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Sends and reads the response head. `ctx` bounds the whole call including the body: wrap the
  /// caller in guarded(ctx, ...) so that a stop closes the connection at once.
  /// Errors: upstream_unavailable (resolve, connect, TLS, reset), upstream_timeout.
  Task<std::unique_ptr<HttpStream>> open(const CallContext& ctx, const HttpCall& call);

  /// open() and the whole body, at most `max_body` bytes.
  Task<HttpReply> send(const CallContext& ctx, const HttpCall& call, std::size_t max_body = 64UL << 20);

  std::size_t idle_connections() const noexcept;

 private:
  Task<std::unique_ptr<HttpStream>> open_live(const CallContext& ctx, const HttpCall& call);
  Task<std::unique_ptr<HttpStream>> open_taped(const CallContext& ctx, const HttpCall& call);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sensorium::net
