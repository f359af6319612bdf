// Shard: an io_context and the thread that runs it.
#include "exec/shard.h"

#include <boost/asio/post.hpp>

namespace sensorium {

Shard::Shard(unsigned index) : index_(index), work_(boost::asio::make_work_guard(io_)) {}

Shard::~Shard() {
  stop_now();
  join();
}

void Shard::post(std::move_only_function<void()> work) { boost::asio::post(io_, std::move(work)); }

void Shard::start() {
  thread_ = std::thread([this] { io_.run(); });
}

void Shard::finish() { work_.reset(); }

void Shard::stop_now() {
  work_.reset();
  io_.stop();
}

void Shard::join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace sensorium
