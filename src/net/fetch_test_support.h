// A loopback server and a resolver of our own, which play the public internet for the fetcher's tests.
// Surprising: the fetcher's `reroute` sends every checked address to the server, so whatever passes the
// firewall is seen there, and the server's count of requests is the proof that nothing did.
#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "exec/guard.h"
#include "net/fetcher.h"

namespace sensorium::net::testing {

class LoopbackServer {
 public:
  using Answer = std::function<void(int socket, const std::string& head)>;

  LoopbackServer() {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    (void)::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    (void)::listen(listener_, 64);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~LoopbackServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  std::uint16_t port() const noexcept { return port_; }
  SocketAddress address() const { return {*IpAddress::parse("127.0.0.1"), port_}; }
  /// The heads of all requests so far.
  std::vector<std::string> heads() {
    const std::lock_guard lock(mutex_);
    return heads_;
  }
  void answer_with(Answer answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }
  void answer_with(std::string reply) {
    answer_with([reply = std::move(reply)](int socket, const std::string&) { send(socket, reply); });
  }
  static void send(int socket, std::string_view bytes) {
    (void)::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  /// Waits until the client has gone.
  static void hold(int socket) {
    char byte;
    while (::recv(socket, &byte, 1, 0) > 0) {}
  }
  static std::string ok(std::string_view body, std::string_view more = {}) {
    return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{}\r\n{}", body.size(), more, body);
  }
  static std::string redirect(std::string_view location, int status = 302) {
    return fmt::format("HTTP/1.1 {} Found\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", status, location);
  }

 private:
  void run() {
    for (int socket; (socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0; ::close(socket)) {
      std::string head;
      char buffer[2048];
      for (ssize_t n; !head.contains("\r\n\r\n") && (n = ::recv(socket, buffer, sizeof buffer, 0)) > 0;)
        head.append(buffer, static_cast<std::size_t>(n));
      Answer answer;
      {
        const std::lock_guard lock(mutex_);
        heads_.push_back(head);
        answer = answer_;
      }
      if (answer) answer(socket, head);
    }
  }
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
  std::mutex mutex_;
  std::vector<std::string> heads_;
  Answer answer_ = [](int socket, const std::string&) { send(socket, ok("picture")); };
};

/// Answers by a table; each name may have several answers, of which the last one stays.
struct Names {
  std::map<std::string, std::deque<std::vector<std::string>>> table;
  std::vector<std::string> asked;
  bool hang = false;
};

class TableResolver final : public NameResolver {
 public:
  explicit TableResolver(Names& names) : names_(names) {}
  Task<std::vector<IpAddress>> resolve(std::string host) override {
    names_.asked.push_back(host);
    if (names_.hang) {
      boost::asio::steady_timer never(co_await boost::asio::this_coro::executor, TimePoint::max());
      co_await never.async_wait(as_result);
    }
    const auto found = names_.table.find(host);
    if (found == names_.table.end())
      co_return Error(Code::fetch_failed, "The name " + host + " does not resolve");
    std::vector<IpAddress> addresses;
    for (const auto& text : found->second.front()) addresses.push_back(IpAddress::parse(text).value());
    if (found->second.size() > 1) found->second.pop_front();
    co_return addresses;
  }

 private:
  Names& names_;
};

}  // namespace sensorium::net::testing
