// Acceptor: takes connections from a Listener and deals them out; survives running out of files.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "net/http_server.h"

namespace sensorium::net {

/// Calls `deal` with each connected socket (owned by the callee) and the peer's address. The
/// listener must outlive it. Construct, stop and destroy on `io`'s thread.
class Acceptor {
 public:
  using Deal = std::function<void(int fd, std::string peer)>;
  Acceptor(boost::asio::io_context& io, const Listener& listener, Deal deal);
  ~Acceptor();
  /// Stops accepting; the listener's socket stays open until the Listener dies.
  void stop();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace sensorium::net
