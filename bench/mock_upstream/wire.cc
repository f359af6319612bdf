// Writes are tried at once and only then left to the event loop: one system call for most answers.
#include "mock_upstream/wire.h"

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>

namespace sensorium::mock {
namespace {

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

}  // namespace

Wire::Wire(tcp::socket socket) : socket_(std::move(socket)), timer_(socket_.get_executor()) {
  boost::system::error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(tcp::no_delay(true), ignored);
}

awaitable<std::size_t> Wire::read(char* room, std::size_t size) {
  const auto [error, count] = co_await socket_.async_read_some(asio::buffer(room, size), as_values);
  co_return error ? 0 : count;
}

awaitable<bool> Wire::write(std::string_view bytes) {
  boost::system::error_code failed;
  std::size_t done = socket_.write_some(asio::buffer(bytes), failed);
  if (failed && failed != asio::error::would_block) co_return false;
  if (done == bytes.size()) co_return true;
  const auto [error, count] =
      co_await asio::async_write(socket_, asio::buffer(bytes.substr(done)), as_values);
  co_return !error;
}

awaitable<bool> Wire::pause_until(Clock::time_point when) {
  if (when <= Clock::now()) {
    co_await asio::post(socket_.get_executor(), asio::use_awaitable);
    co_return !gone_;
  }
  watch();
  timer_.expires_at(when);
  if (!gone_) co_await timer_.async_wait(as_values);
  co_return !gone_;
}

void Wire::watch() {
  if (watching_) return;
  watching_ = true;
  socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](boost::system::error_code error) {
    if (error == asio::error::operation_aborted) return;
    self->watching_ = false;
    char byte = 0;
    const auto count = ::recv(self->socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (count > 0 || (count < 0 && errno == EAGAIN)) return;  // the next request is early
    self->gone_ = true;
    self->timer_.cancel();
  });
}

void Wire::unwatch() noexcept {
  if (!watching_) return;
  watching_ = false;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void Wire::reset() noexcept {
  boost::system::error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

void Wire::close() noexcept {
  boost::system::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

}  // namespace sensorium::mock
