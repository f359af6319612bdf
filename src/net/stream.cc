// Stream: the one check that needs more than a line.
#include "net/stream.h"

#include <sys/socket.h>

#include <cerrno>

namespace sensorium::net {

bool Stream::quiet() noexcept {
  if (!socket_.is_open()) return false;
  char byte;
  const auto n = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace sensorium::net
