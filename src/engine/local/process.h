// One child process: started in its own process group, its output on a pipe, dying with us.
// Surprising: the kernel kills a child when the *thread* that started it ends (PR_SET_PDEATHSIG), so
// spawn() must be called from a thread that lives as long as the child should.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/local/unique_fd.h"

namespace sensorium::local {

struct Process {
  pid_t pid = -1;   ///< also the id of its process group
  UniqueFd output;  ///< stdout and stderr, non-blocking
};

/// How a process ended.
struct Ending {
  int status = 0;  ///< exit status; meaningless when `signal` is set
  int signal = 0;
};

/// Starts argv[0] (looked up in PATH when it has no slash) with exactly this environment
/// ("NAME=value") and no other descriptor of ours. Blocks until the program runs (about 1 ms).
/// Errors: not_built_in (no such program, not executable), internal (no process could be made).
Result<Process> spawn(const std::vector<std::string>& argv, const std::vector<std::string>& environment);

/// Collects an ended process; nullopt while it runs.
std::optional<Ending> reap(pid_t pid) noexcept;
/// True when `pid`, a child of ours that was not reaped, has ended.
bool has_ended(pid_t pid) noexcept;
/// Sends `signal` to the group that `pid` leads.
void signal_group(pid_t pid, int signal) noexcept;

/// "was killed by signal 9 (Killed)", "ended with exit status 1"
std::string describe(const Ending& ending);

/// Our environment reduced to what a model process may see: no keys, no tokens, no proxies.
std::vector<std::string> inherited_environment();

/// The full path of `program` as PATH finds it, or nullopt.
std::optional<std::string> find_program(std::string_view program);

}  // namespace sensorium::local
