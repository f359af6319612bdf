// Worker: one event loop of the service with everything that lives on it.
// Surprising: members are made on the caller's thread before the loop starts and die there after it ended.
#pragma once

#include <memory>

#include "exec/shard.h"
#include "server/gateway.h"

namespace sensorium::server {

class Worker {
 public:
  Worker(unsigned index, GatewayShared& shared, const net::HttpServerOptions& options);
  ~Worker();

  boost::asio::io_context& io() noexcept { return shard_.io(); }
  void start() { shard_.start(); }
  void post(std::move_only_function<void()> work) { shard_.post(std::move(work)); }
  /// Any thread. The socket is owned by the callee.
  void adopt(int fd, std::string peer);
  /// Any thread; see HttpServer.
  void drain();
  void stop_requests();
  void close_all();
  std::size_t in_flight() const noexcept { return http_.in_flight(); }
  std::size_t connections() const noexcept { return http_.connections(); }
  /// Ends the loop and its thread.
  void join();

 private:
  Shard shard_;
  std::unique_ptr<service::ServiceShard> service_;
  Gateway gateway_;
  net::HttpServer http_;
};

}  // namespace sensorium::server
