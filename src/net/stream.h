// Stream: a connected byte stream, plain TCP, Unix socket or TLS, behind one type.
// Surprising: TCP and Unix sockets share asio's generic protocol, so there is one code path, and
// read and write give asio's own awaitables: no coroutine frame of ours per operation.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <memory>

#include "exec/guard.h"

namespace sensorium::net {

using Socket = boost::asio::generic::stream_protocol::socket;
using IoResult = std::tuple<boost::system::error_code, std::size_t>;

/// Owns its socket. Shard-bound.
class Stream {
 public:
  explicit Stream(Socket socket) : socket_(std::move(socket)) {}
  Stream(Socket socket, boost::asio::ssl::context& tls)
      : socket_(std::move(socket)), tls_(std::make_unique<boost::asio::ssl::stream<Socket&>>(socket_, tls)) {}
  Stream(const Stream&) = delete;

  boost::asio::awaitable<IoResult> read_some(boost::asio::mutable_buffer into) {
    return tls_ ? tls_->async_read_some(into, as_result) : socket_.async_read_some(into, as_result);
  }
  template <class Buffers>
  boost::asio::awaitable<IoResult> write(const Buffers& pieces) {
    return tls_ ? boost::asio::async_write(*tls_, pieces, as_result)
                : boost::asio::async_write(socket_, pieces, as_result);
  }
  boost::asio::ssl::stream<Socket&>* tls() noexcept { return tls_.get(); }
  Socket& socket() noexcept { return socket_; }
  /// Ends pending operations with an error; idempotent.
  void close() noexcept {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }
  /// True when the peer has not closed and sent nothing: fit to be reused.
  bool quiet() noexcept;

 private:
  Socket socket_;
  std::unique_ptr<boost::asio::ssl::stream<Socket&>> tls_;
};

}  // namespace sensorium::net
