// SocketLimit: closes a stream when its time is up; the pending operation then ends with an error.
#pragma once

#include "net/stream.h"
#include "net/watchdog.h"

namespace sensorium::net {

class SocketLimit final : public Watchdog::Entry {
 public:
  SocketLimit(Watchdog& dog, Stream& stream) : Entry(dog), stream_(stream) {}

 private:
  void on_expire() noexcept override { stream_.close(); }
  Stream& stream_;
};

}  // namespace sensorium::net
