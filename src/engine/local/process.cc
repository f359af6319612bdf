// Between fork and exec only async-signal-safe calls are allowed: everything is prepared before.
#include "engine/local/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/text.h"

extern char** environ;

namespace sensorium::local {
namespace {

// Models are what should go when memory runs out, not the service that runs them.
constexpr char oom_score[] = "500";
constexpr int highest_signal = 64;

struct Prepared {
  const char* program;
  std::vector<char*> argv;
  std::vector<char*> environment;
  int output;
  int failure;  ///< errno of a failed exec is written here
  pid_t parent;
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (const auto& text : strings) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

void raise_oom_score() noexcept {
  const int file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  [[maybe_unused]] const auto written = ::write(file, oom_score, sizeof(oom_score) - 1);
  ::close(file);
}

void reset_signals() noexcept {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int number = 1; number <= highest_signal; ++number) ::signal(number, SIG_DFL);
}

// Some of our descriptors come from libraries that forget O_CLOEXEC; a child that holds our
// listening socket would keep the port taken after we are gone.
void hide_descriptors() noexcept {
  constexpr int first = 3;
  if (::close_range(first, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
  constexpr int usual_limit = 1024;
  for (int fd = first; fd < usual_limit; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

[[noreturn]] void become(const Prepared& prepared) noexcept {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != prepared.parent) ::_exit(EXIT_FAILURE);  // we died before prctl took effect
  reset_signals();
  raise_oom_score();
  const int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, STDIN_FILENO);
  ::dup2(prepared.output, STDOUT_FILENO);
  ::dup2(prepared.output, STDERR_FILENO);
  hide_descriptors();
  ::execve(prepared.program, prepared.argv.data(), prepared.environment.data());
  const int error = errno;
  [[maybe_unused]] const auto written = ::write(prepared.failure, &error, sizeof error);
  ::_exit(EXIT_FAILURE);
}

struct Pipe {
  UniqueFd read, write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return Error(Code::internal, fmt::format("A pipe could not be made: {}", std::strerror(errno)),
                 "Raise the limit of open files (ulimit -n)");
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Error missing(const std::string& program, const char* why) {
  return Error(Code::not_built_in, fmt::format("The program {} cannot be started: {}", program, why),
               "Run ./dev setup, or see what is missing with: sensorium doctor");
}

// The pipe closes without a word when exec succeeds.
int exec_error(UniqueFd& failure) noexcept {
  int error = 0;
  while (::read(failure.get(), &error, sizeof error) < 0 && errno == EINTR) {}
  return error;
}

bool may_be_seen(std::string_view entry) {
  constexpr std::array names{"PATH", "HOME", "USER", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH"};
  constexpr std::array prefixes{"LC_",   "XDG_",  "OMP_",  "TESSDATA_", "CUDA_", "NVIDIA_", "HIP_",
                                "ROCR_", "GGML_", "ASAN_", "UBSAN_",    "LSAN_", "TSAN_",   "VK_"};
  const auto name = entry.substr(0, entry.find('='));
  return std::ranges::find(names, name) != names.end() ||
         std::ranges::any_of(prefixes, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

bool executable(const std::string& path) noexcept { return ::access(path.c_str(), X_OK) == 0; }

}  // namespace

Result<Process> spawn(const std::vector<std::string>& argv, const std::vector<std::string>& environment) {
  const auto program = find_program(argv.front());
  if (!program) return missing(argv.front(), "it was not found");
  Pipe output = SN_TRY(make_pipe());
  Pipe failure = SN_TRY(make_pipe());
  const Prepared prepared{program->c_str(),   pointers(argv),      pointers(environment),
                          output.write.get(), failure.write.get(), ::getpid()};
  const pid_t pid = ::fork();
  if (pid == 0) become(prepared);
  if (pid < 0)
    return Error(Code::internal, fmt::format("No process could be started: {}", std::strerror(errno)),
                 "Close other programs, or raise the limit of processes (ulimit -u)");
  ::setpgid(pid, pid);  // also here: whoever comes first
  failure.write.reset();
  if (const int error = exec_error(failure.read); error != 0) {
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {}
    return missing(*program, std::strerror(error));
  }
  ::fcntl(output.read.get(), F_SETFL, O_NONBLOCK);
  return Process{pid, std::move(output.read)};
}

std::optional<Ending> reap(pid_t pid) noexcept {
  int status = 0;
  if (::waitpid(pid, &status, WNOHANG) != pid) return std::nullopt;
  if (WIFSIGNALED(status)) return Ending{0, WTERMSIG(status)};
  return Ending{WEXITSTATUS(status), 0};
}

bool has_ended(pid_t pid) noexcept {
  siginfo_t info{};
  const int result = ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT);
  return result == 0 && info.si_pid == pid;
}

void signal_group(pid_t pid, int signal) noexcept {
  if (pid > 0) ::kill(-pid, signal);
}

std::string describe(const Ending& ending) {
  if (ending.signal == 0) return fmt::format("ended with exit status {}", ending.status);
  return fmt::format("was killed by signal {} ({})", ending.signal, ::strsignal(ending.signal));
}

std::vector<std::string> inherited_environment() {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry)
    if (may_be_seen(*entry)) result.emplace_back(*entry);
  return result;
}

std::optional<std::string> find_program(std::string_view program) {
  std::string name(program);
  if (name.contains('/')) return executable(name) ? std::optional(name) : std::nullopt;
  const char* path = std::getenv("PATH");
  for (const auto folder : text::split(path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin", ':'))
    if (auto full = fmt::format("{}/{}", folder.empty() ? "." : folder, name); executable(full)) return full;
  return std::nullopt;
}

}  // namespace sensorium::local
