// What the parts of the HTTP server share; private to net/http_server.cc, http_connection.cc and
// http_exchange.cc.
#pragma once

#include <atomic>
#include <boost/asio/cancellation_signal.hpp>
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

/// Where a connection is told to end its work; outlives it in the handlers that point at it. The signal
/// cancels whatever the connection's coroutine awaits.
struct Gate {
  explicit Gate(boost::asio::io_context& io) : timer(io) {}
  boost::asio::steady_timer timer;
  boost::asio::cancellation_signal signal;
  StopScope* scope = nullptr;  ///< of the work that runs; null: there is none
  bool armed = false, gone = false, cut = false;
  unsigned epoch = 0;  ///< counts until_gone() calls: a late stop must not end the next one
  void end_work() {
    if (!scope) return;
    scope->stop();
    cut_work();
  }
  /// At the deadline, of which the context tells by itself.
  void cut_work() {
    if (scope && !std::exchange(cut, true)) signal.emit(boost::asio::cancellation_type::terminal);
  }
};

class Connection final : public Watchdog::Entry {
 public:
  Connection(ServerShared& shared, Socket socket, std::string peer, std::shared_ptr<Gate> gate)
      : Entry(shared.watchdog),
        shared_(shared),
        stream_(std::move(socket)),
        peer_(std::move(peer)),
        gate_(std::move(gate)) {
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
/// To be spawned with the gate's signal.
boost::asio::awaitable<void> serve_connection(std::shared_ptr<ServerShared> shared, Socket socket,
                                              std::string peer, std::shared_ptr<Gate> gate);
}  // namespace sensorium::net
