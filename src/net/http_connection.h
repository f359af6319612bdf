// What the parts of the HTTP server share; private to net/http_server.cc, http_connection.cc and
// http_exchange.cc.
#pragma once

#include <atomic>
#include <unordered_set>

#include "net/http_parser.h"
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

/// Where a connection waits for "time to stop"; outlives it in the handlers that point at it.
struct Gate {
  explicit Gate(boost::asio::io_context& io) : timer(io, TimePoint::max()) {}
  boost::asio::steady_timer timer;
  bool watching = false, armed = false, gone = false;
  unsigned epoch = 0;  ///< counts until_gone() calls: a late stop must not end the next one
  void open() { timer.expires_at(TimePoint::min()); }
};

class Connection final : public Watchdog::Entry {
 public:
  Connection(ServerShared& shared, Socket socket, std::string peer)
      : Entry(shared.watchdog),
        shared_(shared),
        stream_(std::move(socket)),
        peer_(std::move(peer)),
        gate_(std::make_shared<Gate>(shared.io)) {
    shared_.all.insert(this);
  }
  ~Connection() {
    shared_.idle.erase(this);
    shared_.all.erase(this);
  }

  boost::asio::awaitable<void> run();
  void close() noexcept { stream_.close(); }

 private:
  friend class Exchange;
  friend class Events;
  void on_expire() noexcept override { stream_.close(); }
  Task<> fill();
  Task<bool> read_head();
  boost::asio::awaitable<void> handle_one();
  boost::asio::awaitable<void> answer_bad_head(Error error);
  boost::asio::awaitable<void> linger();
  boost::asio::awaitable<bool> write(const std::vector<boost::asio::const_buffer>& pieces);

  ServerShared& shared_;
  Stream stream_;
  std::string peer_;
  std::shared_ptr<Gate> gate_;
  std::string buffer_;
  std::size_t used_ = 0;  ///< of buffer_, already parsed
  std::optional<HttpParser> parser_;
  std::vector<std::string_view> pieces_;
  bool keep_ = true;
};

std::unique_ptr<HttpExchange> make_exchange(Connection& connection);
boost::asio::awaitable<void> serve_connection(std::shared_ptr<ServerShared> shared, Socket socket,
                                              std::string peer);
}  // namespace sensorium::net
