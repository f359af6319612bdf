// Output is read while waiting, so that a talkative program never blocks on a full pipe.
#include "engine/local/command.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>

#include <array>
#include <cerrno>

#include "engine/local/output_tail.h"
#include "engine/local/process.h"

extern char** environ;

namespace sensorium::local {
namespace {

constexpr Milliseconds step{50};
constexpr std::size_t lines_in_message = 3;

/// Reads what is there, after waiting for at most a step.
void take_output(int fd, OutputTail& tail) {
  pollfd watched{fd, POLLIN, 0};
  ::poll(&watched, 1, static_cast<int>(step.count()));
  std::array<char, 4096> buffer;
  for (ssize_t count;
       (count = ::read(fd, buffer.data(), buffer.size())) > 0 || (count < 0 && errno == EINTR);)
    if (count > 0) tail.append({buffer.data(), static_cast<std::size_t>(count)});
}

Ending end_now(pid_t pid) {
  signal_group(pid, SIGKILL);
  for (;;)
    if (const auto ending = reap(pid)) return *ending;
    else ::poll(nullptr, 0, 1);
}

}  // namespace

Status run_program(const CallContext& ctx, const std::vector<std::string>& argv) {
  SN_TRY(ctx.check());
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
  const Process process = SN_TRY(spawn(argv, environment));
  OutputTail tail;
  while (!has_ended(process.pid)) {
    if (auto alive = ctx.check(); !alive) {
      end_now(process.pid);
      return alive;
    }
    take_output(process.output.get(), tail);
  }
  take_output(process.output.get(), tail);
  const Ending ending = reap(process.pid).value_or(Ending{});
  if (ending.signal == 0 && ending.status == 0) return {};
  return Error(Code::upstream_unavailable,
               fmt::format("{} {}: {}", argv.front(), describe(ending), tail.last_lines(lines_in_message)),
               "Run it yourself to see all it says");
}

}  // namespace sensorium::local
