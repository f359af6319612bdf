// The handler only writes to a pipe; a thread turns that into request_stop(), which a handler may not call.
#include "cli/interrupt.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>

#include "base/check.h"

namespace sensorium::cli {
namespace {

// Handlers have no other way to reach their object.
std::atomic<int> received{0};
std::atomic<int> write_end{-1};

constexpr std::array handled{SIGINT, SIGTERM, SIGHUP};

void on_signal(int signal) {
  const int saved = errno;
  if (received.exchange(signal) != 0) ::_exit(exit_code_of_signal(signal));
  const char byte = 0;
  [[maybe_unused]] const auto ignored = ::write(write_end.load(), &byte, 1);
  errno = saved;
}

void set_handler(int signal, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

int exit_code_of_signal(int signal) noexcept {
  constexpr int shell_base = 128;
  return shell_base + signal;
}

int exit_code_of(const Error& error, const Interrupt& interrupt) noexcept {
  return error.code == Code::cancelled && interrupt.signal() != 0 ? exit_code_of_signal(interrupt.signal())
                                                                  : facts(error.code).exit;
}

Interrupt::Interrupt() {
  SN_CHECK(::pipe2(pipe_, O_CLOEXEC | O_NONBLOCK) == 0 && ::pipe2(quit_, O_CLOEXEC | O_NONBLOCK) == 0);
  received = 0;
  write_end = pipe_[1];
  thread_ = std::jthread([this] { watch(); });
  for (const int signal : handled) set_handler(signal, on_signal);
  set_handler(SIGPIPE, SIG_IGN);
}

Interrupt::~Interrupt() {
  for (const int signal : handled) set_handler(signal, SIG_DFL);
  const char byte = 0;
  [[maybe_unused]] const auto ignored = ::write(quit_[1], &byte, 1);
  thread_.join();
  write_end = -1;
  for (const int fd : {pipe_[0], pipe_[1], quit_[0], quit_[1]}) ::close(fd);
}

int Interrupt::signal() const noexcept { return received.load(); }

void Interrupt::watch() {
  std::array<pollfd, 2> fds{{{pipe_[0], POLLIN, 0}, {quit_[0], POLLIN, 0}}};
  while (::poll(fds.data(), fds.size(), -1) < 0 && errno == EINTR) {}
  if (fds[0].revents) source_.request_stop();
}

Status Interrupt::wait(int fd, short events) const {
  std::array<pollfd, 2> fds{{{fd, events, 0}, {wake_fd(), POLLIN, 0}}};
  while (::poll(fds.data(), fds.size(), -1) < 0) {
    if (errno != EINTR) break;
  }
  // What is ready is done even after a signal: the last lines of --json are written then.
  if (!fds[0].revents && fds[1].revents) return Error(Code::cancelled, "Interrupted");
  return {};
}

}  // namespace sensorium::cli
