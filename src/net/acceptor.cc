// Listener and Acceptor: bind with a clear refusal, accept in a loop, pause when files run out.
#include "net/acceptor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/log.h"

namespace sensorium::net {
namespace {

constexpr int backlog = 4096;
constexpr Milliseconds pause_without_files{50};

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

Error bad_address(std::string_view text) {
  return Error(Code::misconfigured, "`" + std::string(text) + "` is not an address to listen on",
               "Write it like 127.0.0.1:7373, [::1]:7373 or 0.0.0.0:8080")
      .at("listen");
}

Result<Address> parse_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad_address(text);
  std::string host(text.substr(0, colon));
  const std::string_view port_text = text.substr(colon + 1);
  unsigned port = 0;
  const auto [end, error] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (error != std::errc() || end != port_text.data() + port_text.size() || port > 65'535)
    return bad_address(text);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  if (host.empty() || host == "*") host = "0.0.0.0";
  Address address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (::inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(static_cast<std::uint16_t>(port));
    address.length = sizeof(sockaddr_in);
  } else if (::inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(static_cast<std::uint16_t>(port));
    address.length = sizeof(sockaddr_in6);
  } else {
    return bad_address(text);
  }
  return address;
}

std::string print(const sockaddr_storage& storage) {
  char host[INET6_ADDRSTRLEN] = "";
  if (storage.ss_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&storage);
    ::inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
    return std::string(host) + ":" + std::to_string(ntohs(v4->sin_port));
  }
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&storage);
  ::inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
  return "[" + std::string(host) + "]:" + std::to_string(ntohs(v6->sin6_port));
}

bool is_loopback_address(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET)
    return (ntohl(reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr.s_addr) >> 24) == 127;
  return IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_addr) != 0;
}

}  // namespace

Result<Listener> Listener::bind(std::string_view text) {
  Address address = SN_TRY(parse_address(text));
  Listener listener;
  listener.fd_ = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  if (listener.fd_ >= 0) ::setsockopt(listener.fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (listener.fd_ < 0 ||
      ::bind(listener.fd_, reinterpret_cast<sockaddr*>(&address.storage), address.length) != 0 ||
      ::listen(listener.fd_, backlog) != 0) {
    const int reason = errno;
    return Error(Code::misconfigured, "Cannot listen on " + std::string(text) + ": " + std::strerror(reason),
                 reason == EADDRINUSE ? "Stop the other program, or choose another port with --listen"
                                      : "Choose another address with --listen")
        .at("listen");
  }
  socklen_t length = sizeof address.storage;
  ::getsockname(listener.fd_, reinterpret_cast<sockaddr*>(&address.storage), &length);
  listener.address_ = print(address.storage);
  listener.loopback_ = is_loopback_address(address.storage);
  return listener;
}

Listener::Listener(Listener&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), address_(std::move(other.address_)), loopback_(other.loopback_) {}

Listener::~Listener() {
  if (fd_ >= 0) ::close(fd_);
}

struct Acceptor::Impl : std::enable_shared_from_this<Impl> {
  Impl(boost::asio::io_context& io, int fd, Deal given)
      : descriptor(io, ::dup(fd)), timer(io), deal(std::move(given)) {}

  void wait() {
    descriptor.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                          [self = shared_from_this()](const boost::system::error_code& error) {
                            if (!error && !self->stopped) self->accept_all();
                          });
  }

  void accept_all() {
    for (;;) {
      sockaddr_storage peer{};
      socklen_t length = sizeof peer;
      const int fd = ::accept4(descriptor.native_handle(), reinterpret_cast<sockaddr*>(&peer), &length,
                               SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd >= 0) {
        deal(fd, print(peer));
        continue;
      }
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) return pause();
      if (errno == EINTR || errno == ECONNABORTED) continue;
      return wait();
    }
  }

  void pause() {
    log::warning("net", "no more files can be opened: new connections wait; raise the limit (ulimit -n)");
    timer.expires_after(pause_without_files);
    timer.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (!error && !self->stopped) self->wait();
    });
  }

  boost::asio::posix::stream_descriptor descriptor;
  boost::asio::steady_timer timer;
  Deal deal;
  bool stopped = false;
};

Acceptor::Acceptor(boost::asio::io_context& io, const Listener& listener, Deal deal)
    : impl_(std::make_shared<Impl>(io, listener.fd(), std::move(deal))) {
  impl_->wait();
}

Acceptor::~Acceptor() { stop(); }

void Acceptor::stop() {
  impl_->stopped = true;
  boost::system::error_code ignored;
  impl_->descriptor.close(ignored);
  impl_->timer.cancel();
}

}  // namespace sensorium::net
