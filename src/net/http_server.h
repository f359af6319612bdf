// HttpServer: HTTP/1.1 connections of one shard: heads, streamed bodies, keep-alive, event streams,
// time-outs for slow and idle clients, graceful drain. Routing and meaning live in server/.
// Surprising: a handler must read the body before it calls until_gone(), which watches the socket
// for the client's departure; both at once would steal each other's bytes.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "exec/task.h"
#include "net/http_client.h"

namespace boost::asio {
class io_context;
}

namespace sensorium::net {

struct HttpServerOptions {
  std::size_t max_head = 16UL << 10;
  std::uint64_t max_body = 64ULL << 20;
  Milliseconds head_within{10'000};            ///< from the first byte of a head to its end
  Milliseconds body_pause{15'000};             ///< longest silence while a body arrives
  Milliseconds body_least_rate_grace{10'000};  ///< after it, bodies must come at 1 KiB/s or more
  Milliseconds write_stall{30'000};            ///< a client that takes nothing for so long is dropped
  Milliseconds keep_alive{75'000};
  Milliseconds heartbeat{15'000};  ///< silence after which an event stream gets ": ping"
  std::size_t max_connections = 16'384;
};

/// The head of a request. Valid as long as its exchange.
struct HttpHead {
  std::string_view method, target, path, query;
  const Headers* headers = nullptr;
  std::string_view header(std::string_view name) const noexcept { return find_header(*headers, name); }
  std::optional<std::uint64_t> content_length;
};

/// Server-sent events to one client. Writes wait while the client is slow: that is the back-pressure.
class EventStream {
 public:
  virtual ~EventStream() = default;
  /// Sends one event; `fields` is raw "event: x\n"/"id: y\n" lines or empty; `data` has no newline.
  virtual Task<> send(std::string_view fields, std::string_view data) = 0;
  /// An event that goes out with the next one or the end, by itself after some 100 ms: two packets less
  /// for what nobody waits for. Small ones, and few.
  virtual void hold(std::string_view fields, std::string_view data) = 0;
  /// Ends the response properly.
  virtual Task<> finish() = 0;
};

/// One request and its reply. Shard-bound; used by one coroutine at a time.
class HttpExchange {
 public:
  virtual ~HttpExchange() = default;
  virtual const HttpHead& head() const noexcept = 0;
  virtual std::string_view peer() const noexcept = 0;

  /// The whole body in one string. Errors: too_large, invalid_request (cut), cancelled (slow, gone).
  virtual Task<std::string> read_body() = 0;
  /// The body piece by piece; empty at the end. The view is valid until the next call.
  virtual Task<std::string_view> read_piece() = 0;

  /// Sends a complete reply; Content-Length is added. Call once, unless events() is used.
  virtual Task<> reply(int status, const Headers& headers, std::string_view body) = 0;
  /// Starts a 200 text/event-stream reply.
  virtual Task<std::unique_ptr<EventStream>> events(const Headers& headers) = 0;
  virtual bool started() const noexcept = 0;

  /// Runs `work` until it ends, the client leaves, the context ends or the server is stopped hard.
  virtual Task<> until_gone(StopScope& scope, Task<> work) = 0;
};

using HttpHandler = std::function<Task<>(HttpExchange&)>;

/// A listening socket, bound once and shared by all shards.
class Listener {
 public:
  /// "127.0.0.1:7373", "[::1]:0", "0.0.0.0:80". Errors: misconfigured (in use, not allowed, not an address).
  static Result<Listener> bind(std::string_view address);
  Listener(Listener&&) noexcept;
  ~Listener();
  int fd() const noexcept { return fd_; }
  const std::string& address() const noexcept { return address_; }  ///< with the real port
  bool loopback() const noexcept { return loopback_; }

 private:
  Listener() = default;
  int fd_ = -1;
  std::string address_;
  bool loopback_ = false;
};

/// One shard's part of the server. Thread: its shard, except where noted.
class HttpServer {
 public:
  HttpServer(boost::asio::io_context& io, HttpServerOptions options, HttpHandler handler);
  ~HttpServer();

  /// Takes over a connected socket. From its shard.
  void adopt(int fd, std::string peer);
  /// Closes idle connections, lets running requests end, answers their next with Connection: close.
  void drain();
  /// Stops running requests too (their contexts are stopped, event streams get an error event).
  void stop();
  /// Closes every connection, whatever it is doing.
  void close_all();
  std::size_t connections() const noexcept;  ///< any thread
  std::size_t in_flight() const noexcept;    ///< any thread

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace sensorium::net
