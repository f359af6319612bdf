// For tests: an HTTP server on a free loopback port that a test scripts byte by byte: it can cut,
// stall, garble and lie, which a well-behaved server core cannot.
// Surprising: plain blocking sockets, a thread per connection; the script runs on that thread.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace sensorium::fake {

/// One request as it came, and the raw way to answer it.
class Exchange {
 public:
  explicit Exchange(int socket) : socket_(socket) {}

  std::string head, body;

  /// False once the client is gone.
  bool send(std::string_view bytes);
  /// A whole reply with Content-Length.
  bool reply(int status, std::string_view body,
             std::string_view headers = "Content-Type: application/json\r\n");
  /// The head of a chunked event stream; then chunk() for pieces, end() for the terminator.
  bool events();
  bool chunk(std::string_view bytes);
  bool end();
  /// Waits until the client closes; false if it has not after `limit`.
  bool wait_closed(std::chrono::milliseconds limit);
  /// Ends the connection without another word once the script returns.
  void cut() { cut_ = true; }
  bool is_cut() const noexcept { return cut_; }

 private:
  int socket_;
  bool cut_ = false;
};

class LoopbackUpstream {
 public:
  using Script = std::function<void(Exchange&)>;

  explicit LoopbackUpstream(Script script);
  ~LoopbackUpstream();
  LoopbackUpstream(const LoopbackUpstream&) = delete;
  LoopbackUpstream& operator=(const LoopbackUpstream&) = delete;

  /// "http://127.0.0.1:PORT/v1"
  std::string base_url() const;
  int requests() const noexcept { return requests_; }
  int connections() const noexcept { return connections_; }
  std::vector<std::string> bodies() const;

 private:
  void accept_loop();
  void serve(int socket);

  Script script_;
  int listener_ = -1, port_ = 0;
  std::atomic<int> requests_ = 0, connections_ = 0;
  mutable std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::string> bodies_;
  std::vector<std::jthread> sessions_;
  std::jthread acceptor_;
};

}  // namespace sensorium::fake
