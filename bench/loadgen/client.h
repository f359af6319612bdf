// Client: one keep-alive connection that sends the same request over and over.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <random>
#include <string>

#include "loadgen/event_reader.h"
#include "loadgen/settings.h"
#include "loadgen/tally.h"

namespace sensorium::bench {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

/// What all clients of a run share.
struct Run {
  const Settings& settings;
  std::string request;  ///< head and body
  tcp::endpoint target;
  Tally& tally;
  long left = 0;  ///< requests still to begin, when settings.requests > 0
  bool stop = false;
};

class Client {
 public:
  Client(asio::io_context& io, Run& run, int number);
  awaitable<void> work(Clock::duration wait);
  /// Drops the connection when its request is older than the time-out.
  void expire(Clock::time_point now);

 private:
  struct Exchange {
    int status = 0;
    std::int64_t bytes = 0;
    bool keep = true, is_stream = false, complete = false;
    std::string problem;
  };
  awaitable<void> one();
  awaitable<bool> connect();
  awaitable<bool> send();
  awaitable<bool> fill();
  awaitable<bool> read_head(Exchange& exchange, std::int64_t& length, bool& chunked);
  awaitable<bool> read_sized(Exchange& exchange, std::int64_t length);
  awaitable<bool> read_chunked(Exchange& exchange);
  void take(Exchange& exchange, std::string_view piece);
  void settle(const Exchange& exchange, Clock::time_point begin, std::int64_t begin_ns);
  void settle_stream(const Exchange& exchange, std::int64_t begin_ns);
  void arm_cancel();
  void drop();
  std::string_view pending() const noexcept { return {buffer_.data() + begin_, end_ - begin_}; }

  Run& run_;
  tcp::socket socket_;
  asio::steady_timer timer_;
  std::minstd_rand random_;
  EventReader events_;
  std::string buffer_;
  std::size_t begin_ = 0, end_ = 0;
  std::int64_t arrived_ns_ = 0;
  Clock::time_point deadline_ = Clock::time_point::max();
  bool cancelled_ = false, timed_out_ = false;
};

}  // namespace sensorium::bench
