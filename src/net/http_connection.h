// What the parts of the HTTP server share; private to net/http_server.cc and net/http_connection.cc.
#pragma once

#include <atomic>
#include <unordered_set>

#include "net/http_server.h"
#include "net/stream.h"
#include "net/watchdog.h"

namespace sensorium::net {

class Connection;

/// State of one shard's server; lives until its last connection has ended.
struct ServerShared {
  ServerShared(boost::asio::io_context& context, HttpServerOptions given, HttpHandler handle)
      : io(context), options(std::move(given)), handler(std::move(handle)) {}
  boost::asio::io_context& io;
  HttpServerOptions options;
  HttpHandler handler;
  Watchdog watchdog{io};
  bool draining = false;
  std::unordered_set<Connection*> all;
  std::unordered_set<Connection*> idle;    ///< waiting for a next request
  std::unordered_set<StopScope*> running;  ///< inside until_gone()
  std::atomic<std::size_t> open{0}, in_flight{0};
};

boost::asio::awaitable<void> serve_connection(std::shared_ptr<ServerShared> shared, Socket socket,
                                              std::string peer);
void close_connection(Connection& connection) noexcept;
/// Answers 503 without waiting and closes.
void refuse_connection(Socket& socket) noexcept;

/// "HTTP/1.1 200 OK\r\n" and so on.
std::string_view status_line(int status) noexcept;

}  // namespace sensorium::net
