// The scripted server itself: it is part of the test program only.
#include "engine/fake/loopback_upstream.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

namespace sensorium::fake {
namespace {

constexpr int longest_wait_ms = 20'000;

bool readable(int socket, int limit_ms) {
  pollfd one{.fd = socket, .events = POLLIN, .revents = 0};
  return ::poll(&one, 1, limit_ms) > 0;
}

/// Appends what has arrived; false at the end.
bool receive(int socket, std::string& buffer) {
  char piece[16384];
  if (!readable(socket, longest_wait_ms)) return false;
  const ssize_t got = ::recv(socket, piece, sizeof piece, 0);
  if (got <= 0) return false;
  buffer.append(piece, static_cast<std::size_t>(got));
  return true;
}

std::size_t content_length(std::string_view head) {
  constexpr std::string_view name = "Content-Length: ";
  std::size_t length = 0;
  if (const auto at = head.find(name); at != std::string_view::npos)
    std::from_chars(head.data() + at + name.size(), head.data() + head.size(), length);
  return length;
}

}  // namespace

bool Exchange::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool Exchange::reply(int status, std::string_view text, std::string_view headers) {
  return send(fmt::format("HTTP/1.1 {} Scripted\r\n{}Content-Length: {}\r\n\r\n{}", status, headers,
                          text.size(), text));
}

bool Exchange::events() {
  return send(
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: "
      "chunked\r\n\r\n");
}

bool Exchange::chunk(std::string_view bytes) {
  return send(fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes));
}
bool Exchange::end() { return send("0\r\n\r\n"); }

bool Exchange::wait_closed(std::chrono::milliseconds limit) {
  char byte;
  return readable(socket_, static_cast<int>(limit.count())) && ::recv(socket_, &byte, 1, MSG_PEEK) <= 0;
}

LoopbackUpstream::LoopbackUpstream(Script script) : script_(std::move(script)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), length), 0);
  EXPECT_EQ(::listen(listener_, 128), 0);
  EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length), 0);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::jthread([this] { accept_loop(); });
}

LoopbackUpstream::~LoopbackUpstream() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  {
    std::lock_guard lock(mutex_);
    for (const int socket : open_) ::shutdown(socket, SHUT_RDWR);
  }
  sessions_.clear();
}

std::string LoopbackUpstream::base_url() const { return fmt::format("http://127.0.0.1:{}/v1", port_); }

std::vector<std::string> LoopbackUpstream::bodies() const {
  std::lock_guard lock(mutex_);
  return bodies_;
}

void LoopbackUpstream::accept_loop() {
  for (;;) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    ++connections_;
    std::lock_guard lock(mutex_);
    open_.push_back(socket);
    sessions_.emplace_back([this, socket] { serve(socket); });
  }
}

void LoopbackUpstream::serve(int socket) {
  std::string buffer;
  for (bool alive = true; alive;) {
    std::size_t end;
    while ((end = buffer.find("\r\n\r\n")) == std::string::npos && receive(socket, buffer)) {}
    if (end == std::string::npos) break;
    Exchange exchange(socket);
    exchange.head = buffer.substr(0, end + 4);
    const std::size_t whole = end + 4 + content_length(exchange.head);
    while (buffer.size() < whole && receive(socket, buffer)) {}
    if (buffer.size() < whole) break;
    exchange.body = buffer.substr(end + 4, whole - end - 4);
    buffer.erase(0, whole);
    ++requests_;
    {
      std::lock_guard lock(mutex_);
      bodies_.push_back(exchange.body);
    }
    script_(exchange);
    alive = !exchange.is_cut();
  }
  std::lock_guard lock(mutex_);
  std::erase(open_, socket);
  ::close(socket);
}

}  // namespace sensorium::fake
