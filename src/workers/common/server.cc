// Sockets and threads of the workers' server. A watcher thread polls the connections that are being
// handled, so that a caller who hangs up stops the work done for it.
#include "workers/common/server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <condition_variable>
#include <cstring>
#include <list>
#include <mutex>
#include <thread>

#include "base/check.h"

namespace sensorium::worker {
namespace {

constexpr Milliseconds watch_interval{50};

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) noexcept : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

bool wait_readable(int fd, Milliseconds limit) noexcept {
  pollfd entry{fd, POLLIN, 0};
  return ::poll(&entry, 1, static_cast<int>(limit.count())) > 0;
}

bool send_all(int fd, std::string_view text) noexcept {
  while (!text.empty()) {
    const auto sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

/// Appends what arrives; false at the end, on an error or when nothing came in time.
bool receive(int fd, std::string& buffer, Milliseconds limit) {
  if (!wait_readable(fd, limit)) return false;
  char piece[64 << 10];
  const auto got = ::recv(fd, piece, sizeof piece, 0);
  if (got <= 0) return false;
  buffer.append(piece, static_cast<std::size_t>(got));
  return true;
}

Reply unauthenticated() {
  return error_reply(Error(Code::unauthenticated, "The worker's key is missing or wrong",
                           "Only the process that started the worker may use it"));
}

Reply loading() {
  return error_reply(
      Error(Code::overloaded, "The worker is still loading its models", "Try again in a second"));
}

}  // namespace

struct Server::Impl {
  struct Client {
    Descriptor socket;
    std::stop_source stop;
    bool working = false;
    std::thread thread;
    bool done = false;
  };

  ServerOptions options;
  Descriptor listener;
  std::mutex mutex;
  std::condition_variable changed;
  std::shared_ptr<const Handler> handler;
  std::list<Client> clients;
  bool stopping = false;
  std::thread acceptor;
  std::thread watcher;

  Status open();
  void accept_loop();
  void watch_loop();
  void serve(Client& client);
  bool serve_one(Client& client, std::string& buffer);
  bool read_body(Client& client, const Head& head, std::string& buffer, std::string& body);
  Reply answer(Client& client, const Head& head, std::string body);
  void reap(bool all);
};

Status Server::Impl::open() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (options.socket.empty() || options.socket.size() >= sizeof address.sun_path)
    return Error(Code::misconfigured,
                 fmt::format("The socket path has {} characters, it must have 1 to {}", options.socket.size(),
                             sizeof address.sun_path - 1),
                 "Give a shorter --socket");
  std::memcpy(address.sun_path, options.socket.c_str(), options.socket.size());
  ::unlink(options.socket.c_str());
  listener = Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const mode_t before = ::umask(0077);
  const int bound = ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::umask(before);
  if (bound != 0 || ::listen(listener.get(), 64) != 0)
    return Error(Code::misconfigured,
                 fmt::format("Cannot listen on {}: {}", options.socket, std::strerror(errno)),
                 "Give a --socket in a folder that can be written");
  return {};
}

void Server::Impl::accept_loop() {
  for (;;) {
    Descriptor socket(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    const std::lock_guard lock(mutex);
    if (stopping) return;
    reap(false);
    if (socket.get() < 0) continue;
    const timeval limit{options.read_timeout.count() / 1000, 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (clients.size() >= options.max_connections) {
      const auto busy =
          error_reply(Error(Code::overloaded, "The worker has too many callers", "Try again in a second"));
      send_all(socket.get(), format_reply(busy, Connection::close));
      continue;
    }
    auto& client = clients.emplace_back();
    client.socket = std::move(socket);
    client.thread = std::thread([this, &client] { serve(client); });
  }
}

void Server::Impl::watch_loop() {
  std::unique_lock lock(mutex);
  while (!stopping) {
    changed.wait_for(lock, watch_interval);
    for (auto& client : clients) {
      if (!client.working) continue;
      pollfd entry{client.socket.get(), POLLRDHUP, 0};
      if (::poll(&entry, 1, 0) > 0 && (entry.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0)
        client.stop.request_stop();
    }
    // Sleeping without a time limit while nobody is being served keeps an idle worker off the CPU.
    const auto busy = [this] {
      for (const auto& client : clients) {
        if (client.working) return true;
      }
      return stopping;
    };
    changed.wait(lock, busy);
  }
}

void Server::Impl::reap(bool all) {
  for (auto it = clients.begin(); it != clients.end();) {
    if (!all && !it->done) {
      ++it;
      continue;
    }
    it->thread.join();
    it = clients.erase(it);
  }
}

void Server::Impl::serve(Client& client) {
  std::string buffer;
  while (serve_one(client, buffer)) {}
  ::shutdown(client.socket.get(), SHUT_RDWR);
  const std::lock_guard lock(mutex);
  client.done = true;
}

bool Server::Impl::serve_one(Client& client, std::string& buffer) {
  const int fd = client.socket.get();
  const auto deadline = SteadyClock::now() + options.read_timeout;
  std::size_t end = std::string::npos;
  while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
    if (buffer.size() > max_head_bytes || (!buffer.empty() && SteadyClock::now() > deadline)) return false;
    if (!receive(fd, buffer, buffer.empty() ? options.idle_timeout : options.read_timeout)) return false;
  }
  auto head = parse_head(std::string_view(buffer).substr(0, end + 4));
  buffer.erase(0, end + 4);
  if (!head) {
    send_all(fd, format_reply(error_reply(head.error()), Connection::close));
    return false;
  }
  std::string body;
  if (!read_body(client, *head, buffer, body)) return false;
  const auto connection = head->keep_alive ? Connection::keep : Connection::close;
  return send_all(fd, format_reply(answer(client, *head, std::move(body)), connection)) && head->keep_alive;
}

bool Server::Impl::read_body(Client& client, const Head& head, std::string& buffer, std::string& body) {
  if (head.expects_continue && !send_all(client.socket.get(), "HTTP/1.1 100 Continue\r\n\r\n")) return false;
  body.reserve(head.content_length);
  body = std::move(buffer);
  buffer.clear();
  const auto deadline = SteadyClock::now() + 10 * options.read_timeout;
  while (body.size() < head.content_length) {
    if (SteadyClock::now() > deadline || !receive(client.socket.get(), body, options.read_timeout))
      return false;
  }
  buffer.assign(body, head.content_length);
  body.resize(head.content_length);
  return true;
}

Reply Server::Impl::answer(Client& client, const Head& head, std::string body) {
  std::shared_ptr<const Handler> current;
  {
    const std::lock_guard lock(mutex);
    current = handler;
  }
  if (head.path == "/health") return current ? Reply{200, R"({"status":"ok"})"} : loading();
  if (!options.key.empty() && !same_key(head.bearer, options.key)) return unauthenticated();
  if (!current) return loading();
  {
    const std::lock_guard lock(mutex);
    client.stop = std::stop_source();
    if (stopping) client.stop.request_stop();
    client.working = true;
  }
  changed.notify_all();
  const CallContext context("", TimePoint::max(), client.stop.get_token());
  auto reply = (*current)({head, std::make_shared<const std::string>(std::move(body)), context});
  const std::lock_guard lock(mutex);
  client.working = false;
  return reply;
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<Server>> Server::listen(ServerOptions options) {
  auto impl = std::make_unique<Impl>();
  impl->options = std::move(options);
  SN_TRY(impl->open());
  auto* raw = impl.get();
  impl->acceptor = std::thread([raw] { raw->accept_loop(); });
  impl->watcher = std::thread([raw] { raw->watch_loop(); });
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::~Server() {
  stop();
  impl_->acceptor.join();
  impl_->watcher.join();
  impl_->reap(true);
  ::unlink(impl_->options.socket.c_str());
}

void Server::ready(Handler handler) {
  const std::lock_guard lock(impl_->mutex);
  impl_->handler = std::make_shared<const Handler>(std::move(handler));
}

void Server::wait() {
  std::unique_lock lock(impl_->mutex);
  impl_->changed.wait(lock, [this] { return impl_->stopping; });
}

void Server::stop() noexcept {
  const std::lock_guard lock(impl_->mutex);
  impl_->stopping = true;
  ::shutdown(impl_->listener.get(), SHUT_RDWR);
  for (auto& client : impl_->clients) {
    client.stop.request_stop();
    ::shutdown(client.socket.get(), SHUT_RD);
  }
  impl_->changed.notify_all();
}

}  // namespace sensorium::worker
