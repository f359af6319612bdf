// Worker: other threads reach it by posting to its loop.
#include "server/worker.h"

#include <unistd.h>

namespace sensorium::server {
namespace {

/// A socket on its way to another loop; closed if that loop ends first.
class PassedSocket {
 public:
  explicit PassedSocket(int fd) : fd_(fd) {}
  PassedSocket(PassedSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  PassedSocket& operator=(PassedSocket&&) = delete;
  ~PassedSocket() {
    if (fd_ >= 0) ::close(fd_);
  }
  int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

}  // namespace

Worker::Worker(unsigned index, GatewayShared& shared, const net::HttpServerOptions& options)
    : shard_(index),
      service_(shared.service.open_shard(shard_.io())),
      gateway_(shared, *service_),
      http_(shard_.io(), options, [this](net::HttpExchange& exchange) { return gateway_.handle(exchange); }) {
}

Worker::~Worker() { join(); }

void Worker::adopt(int fd, std::string peer) {
  shard_.post([this, socket = PassedSocket(fd), from = std::move(peer)]() mutable {
    http_.adopt(socket.release(), std::move(from));
  });
}

void Worker::drain() {
  shard_.post([this] { http_.drain(); });
}
void Worker::stop_requests() {
  shard_.post([this] { http_.stop(); });
}
void Worker::close_all() {
  shard_.post([this] { http_.close_all(); });
}

void Worker::join() {
  shard_.stop_now();
  shard_.join();
}

}  // namespace sensorium::server
