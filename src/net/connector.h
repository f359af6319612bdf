// Connector: from a Url to a connected Stream: resolver cache, every address tried in turn, HTTP
// CONNECT through a proxy, TLS with SNI and certificate and host name checks.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <map>
#include <memory>

#include "net/http_client.h"
#include "net/proxy.h"
#include "net/stream.h"
#include "net/watchdog.h"

namespace sensorium::net {

/// Shard-bound.
class Connector {
 public:
  Connector(boost::asio::io_context& io, Watchdog& watchdog, const HttpClientOptions& options)
      : io_(io), watchdog_(watchdog), options_(options) {}

  /// Errors: upstream_unavailable (name, connection, certificate), upstream_timeout.
  Task<std::unique_ptr<Stream>> connect(const Url& url, const HttpRoute& route, Milliseconds within);

 private:
  using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;
  Task<Endpoints> resolve(const Url& url);
  Task<Socket> connect_socket(const Url& url, Endpoints known);
  Result<boost::asio::ssl::context*> tls_context();

  struct Cached {
    Endpoints endpoints;
    TimePoint until;
  };
  boost::asio::io_context& io_;
  Watchdog& watchdog_;
  const HttpClientOptions& options_;
  std::map<std::string, Cached> names_;
  std::unique_ptr<boost::asio::ssl::context> tls_;
};

}  // namespace sensorium::net
