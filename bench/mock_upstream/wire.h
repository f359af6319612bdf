// Wire: one client connection as the mock needs it. Waiting on it ends at once when the client leaves,
// and the moment of leaving is kept: that is how tests learn how fast a cancelled call was closed.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <string_view>

namespace sensorium::mock {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

/// All calls from one thread, one at a time; held by shared_ptr because a watch may outlive a session.
class Wire : public std::enable_shared_from_this<Wire> {
 public:
  explicit Wire(tcp::socket socket);

  /// Some bytes into `room`; 0 at the end or on an error.
  awaitable<std::size_t> read(char* room, std::size_t size);
  /// All of `bytes`; false when the client is gone.
  awaitable<bool> write(std::string_view bytes);
  /// Waits until `when`; false when the client left meanwhile. Lets others run even if `when` is past.
  awaitable<bool> pause_until(Clock::time_point when);

  /// Drops the connection with a reset, as a crashing server would.
  void reset() noexcept;
  /// Ends the connection after all that was written.
  void close() noexcept;
  /// Ends a watch begun by pause_until; call when an answer is complete.
  void unwatch() noexcept;

 private:
  void watch();
  tcp::socket socket_;
  asio::steady_timer timer_;
  bool watching_ = false, gone_ = false;
};

}  // namespace sensorium::mock
