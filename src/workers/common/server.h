// A small blocking HTTP server on a private Unix socket: one thread per connection, few connections.
// Surprising: it is up before the model is, and says so: /health is 503 until the handler is given.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/call_context.h"
#include "workers/common/http.h"

namespace sensorium::worker {

struct ServerOptions {
  std::string socket;  ///< path; an old socket file there is removed
  std::string key;     ///< what callers present; empty lets everybody in who can open the socket
  unsigned max_connections = 16;
  Milliseconds read_timeout{30'000};   ///< for the next bytes of a request that has begun
  Milliseconds idle_timeout{600'000};  ///< for the next request on an open connection
};

/// One request with its body. `context` is stopped when the caller hangs up or the server stops.
struct Request {
  const Head& head;
  std::shared_ptr<const std::string> body;
  const CallContext& context;
};

/// Runs on the connection's thread; must be thread-safe. Poll the context in long work.
using Handler = std::function<Reply(const Request&)>;

/// Thread-safe. Listens from creation on; destruction stops and joins everything.
class Server {
 public:
  /// Errors: misconfigured when the socket cannot be made.
  static Result<std::unique_ptr<Server>> listen(ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// The models are loaded: /health answers 200 and requests are handled from now on.
  void ready(Handler handler);
  /// Blocks until stop() is called.
  void wait();
  /// Lets running replies be stopped and wakes wait(). Callable from any thread.
  void stop() noexcept;

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sensorium::worker
