// Plain sockets: the supervisor's thread has no event loop of its own.
#include "engine/local/health.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <array>
#include <cstring>

#include "engine/local/unique_fd.h"

namespace sensorium::local {
namespace {

UniqueFd connect_to(const std::string& path, Milliseconds limit) {
  sockaddr_un address{};
  if (path.size() >= sizeof address.sun_path) return {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval wait{limit.count() / 1000, static_cast<suseconds_t>(limit.count() % 1000 * 1000)};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
  return socket;
}

}  // namespace

Health probe_health(const std::string& socket_path, const std::string& key, Milliseconds limit) {
  const UniqueFd socket = connect_to(socket_path, limit);
  if (!socket) return Health::absent;
  const auto request = fmt::format(
      "GET /health HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
      key);
  if (::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) return Health::absent;
  // "HTTP/1.1 200" decides; the rest of the reply does not matter.
  constexpr std::string_view wanted = "HTTP/1.1 200";
  std::array<char, 256> buffer{};
  std::size_t have = 0;
  while (have < wanted.size()) {
    const auto count = ::recv(socket.get(), buffer.data() + have, buffer.size() - have, 0);
    if (count <= 0) return Health::loading;
    have += static_cast<std::size_t>(count);
  }
  const std::string_view reply(buffer.data(), have);
  return reply.substr(5).starts_with("1.1 200") || reply.substr(5).starts_with("1.0 200") ? Health::ready
                                                                                          : Health::loading;
}

}  // namespace sensorium::local
