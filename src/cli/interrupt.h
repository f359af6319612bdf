// Interrupt: Ctrl-C and SIGTERM as a stop token, for the commands that work for long.
// Surprising: the second signal ends the process at once, whatever still runs.
#pragma once

#include <stop_token>
#include <thread>

#include "base/result.h"

namespace sensorium::cli {

/// At most one at a time. While it lives, SIGINT, SIGTERM and SIGHUP stop the token; SIGPIPE is ignored.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  std::stop_token token() const { return source_.get_token(); }
  /// The signal that came, 0 for none. Any thread.
  int signal() const noexcept;
  /// Readable once a signal has come; for poll().
  int wake_fd() const noexcept { return pipe_[0]; }
  /// Waits until `fd` is ready for `events` (poll's) or a signal came; only a
  /// signal before it was ready is Error(cancelled).
  Status wait(int fd, short events) const;

 private:
  void watch();
  std::stop_source source_;
  int pipe_[2] = {-1, -1};
  int quit_[2] = {-1, -1};
  std::jthread thread_;
};

/// 130 for SIGINT, 143 for SIGTERM.
int exit_code_of_signal(int signal) noexcept;
/// The code of `error`; of the signal where that is what cancelled the work.
int exit_code_of(const Error& error, const Interrupt& interrupt) noexcept;

}  // namespace sensorium::cli
