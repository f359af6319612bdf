// HttpServer: the connections of one shard and their lives from adoption to close.
#include "net/http_server.h"

#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <unordered_set>

#include "base/log.h"
#include "net/http_connection.h"

namespace sensorium::net {
namespace asio = boost::asio;
namespace {

/// Answers 503 without waiting and closes.
void refuse_connection(Socket& socket) noexcept {
  static constexpr std::string_view text =
      "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
  ::send(socket.native_handle(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  boost::system::error_code ignored;
  socket.close(ignored);
}

}  // namespace

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
  const auto gate = std::make_shared<Gate>(impl_->io);
  const auto ended = [shared = impl_, gate](const std::exception_ptr& failure) {
    shared->open.fetch_sub(1);
    if (!failure) return;
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& e) {
      log::error("net", std::string("a connection ended with: ") + e.what());
    }
  };
  asio::co_spawn(impl_->io, serve_connection(impl_, std::move(socket), std::move(peer), gate),
                 asio::bind_cancellation_slot(gate->signal.slot(), ended));
}

void HttpServer::drain() {
  impl_->draining = true;
  for (auto* connection : impl_->idle) connection->close();
}

void HttpServer::stop() {
  drain();
  for (auto* scope : impl_->running) scope->stop();
}

void HttpServer::close_all() {
  stop();
  for (auto* connection : impl_->all) connection->close();
}

}  // namespace sensorium::net
