// HttpServer: the connections of one shard and their lives from adoption to close.
#include "net/http_server.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <unordered_set>

#include "base/log.h"
#include "net/http_connection.h"

namespace sensorium::net {
namespace asio = boost::asio;

struct HttpServer::Impl : ServerShared {
  Impl(asio::io_context& io, HttpServerOptions given, HttpHandler handle)
      : ServerShared(io, std::move(given), std::move(handle)) {}
};

HttpServer::HttpServer(asio::io_context& io, HttpServerOptions options, HttpHandler handler)
    : impl_(std::make_shared<Impl>(io, std::move(options), std::move(handler))) {}

HttpServer::~HttpServer() = default;

std::size_t HttpServer::connections() const noexcept { return impl_->open.load(std::memory_order_relaxed); }
std::size_t HttpServer::in_flight() const noexcept {
  return impl_->in_flight.load(std::memory_order_relaxed);
}

void HttpServer::adopt(int fd, std::string peer) {
  Socket socket(impl_->io);
  boost::system::error_code error;
  socket.assign(boost::asio::generic::stream_protocol(AF_INET, SOCK_STREAM), fd, error);
  if (error) {
    ::close(fd);
    return;
  }
  if (impl_->open.load() >= impl_->options.max_connections || impl_->draining) {
    refuse_connection(socket);
    return;
  }
  impl_->open.fetch_add(1);
  asio::co_spawn(impl_->io, serve_connection(impl_, std::move(socket), std::move(peer)),
                 [shared = impl_](const std::exception_ptr& failure) {
                   shared->open.fetch_sub(1);
                   if (!failure) return;
                   try {
                     std::rethrow_exception(failure);
                   } catch (const std::exception& e) {
                     log::error("net", std::string("a connection ended with: ") + e.what());
                   }
                 });
}

void HttpServer::drain() {
  impl_->draining = true;
  for (auto* connection : impl_->idle) close_connection(*connection);
}

void HttpServer::stop() {
  drain();
  for (auto* scope : impl_->running) scope->stop();
}

void HttpServer::close_all() {
  stop();
  for (auto* connection : impl_->all) close_connection(*connection);
}

}  // namespace sensorium::net
