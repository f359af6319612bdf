// sensorium-render: draws pages of one document from stdin as PNG on stdout, and ends.
// Surprising: before it looks at the document it gives up what it does not need: memory beyond a limit, time
// on the CPU, writing of files, the network, other programs.
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdio>
#include <string>

#include "base/text.h"
#include "media/prepare.h"
#include "media/vips/render.h"
#include "workers/common/process.h"

namespace sensorium {
namespace {

constexpr rlim_t most_memory = SN_RENDER_MEMORY_MB * rlim_t{1} << 20, most_cpu_s = 30;
constexpr int exit_usage = 2;

void limit(decltype(RLIMIT_AS) what, rlim_t most) noexcept {
  const rlimit both{most, most};
  (void)::setrlimit(what, &both);
}

/// Denies, with EPERM, what could reach other machines, programs or processes; libraries that ask go on
/// without.
void deny_system_calls() noexcept {
  constexpr unsigned denied[] = {
      SYS_socket,           SYS_connect,           SYS_execve, SYS_execveat, SYS_ptrace,
      SYS_process_vm_readv, SYS_process_vm_writev, SYS_kill,   SYS_unlinkat, SYS_renameat2,
      SYS_mkdirat,          SYS_truncate,          SYS_bpf,    SYS_keyctl};
  constexpr std::size_t count = std::size(denied);
  constexpr unsigned foreign_abi = 0x40000000;  // x32, whose numbers would pass
  sock_filter program[count + 4];
  program[0] = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
  program[1] = BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, foreign_abi, static_cast<std::uint8_t>(count + 1), 0);
  for (std::size_t i = 0; i < count; ++i)
    program[2 + i] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, denied[i], static_cast<std::uint8_t>(count - i), 0);
  program[2 + count] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  program[3 + count] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1U);
  const sock_fprog filter{static_cast<unsigned short>(count + 4), program};
  (void)::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  (void)::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

void give_up_rights() noexcept {
  if (most_memory > 0) limit(RLIMIT_AS, most_memory);
  limit(RLIMIT_CPU, most_cpu_s);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_CORE, 0);
  deny_system_calls();
}

bool put(std::string_view bytes) {
  return std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size();
}

std::string_view word(Code code) {
  return code == Code::too_large ? "large " : code == Code::invalid_request ? "choice " : "";
}

int tell(const Error& error) {
  put("error " + std::string(word(error.code)) + text::printable(error.message) + "\n");
  return std::fflush(stdout) == 0 ? 0 : 1;
}

int number(const char* text) {
  const std::string_view digits(text);
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

int draw(char** argv) {
  struct stat facts = {};
  if (::fstat(STDIN_FILENO, &facts) != 0 || facts.st_size <= 0) return exit_usage;
  const auto size = static_cast<std::size_t>(facts.st_size);
  const void* mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, STDIN_FILENO, 0);
  if (mapped == MAP_FAILED) return exit_usage;
  const auto choice = media::parse_choice(argv[3]);
  if (!choice) return tell(choice.error());
  const Error cut(Code::cancelled, "nobody reads any more");
  const media::vips::RenderSinks sinks{
      .begin = [&](int total) -> Status {
        return put("pages " + std::to_string(total) + "\n") ? Status{} : Status(cut);
      },
      .page = [&](int index, std::string_view png) -> Status {
        const std::string head = "page " + std::to_string(index) + " " + std::to_string(png.size()) + "\n";
        return put(head) && put(png) ? Status{} : Status(cut);
      }};
  const auto done = media::vips::render({static_cast<const char*>(mapped), size}, *choice, number(argv[1]),
                                        number(argv[2]), sinks);
  if (!done) return tell(done.error());
  return put("end\n") && std::fflush(stdout) == 0 ? 0 : 1;
}

}  // namespace
}  // namespace sensorium

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("sensorium-render is started by sensorium\n", stderr);
    return sensorium::exit_usage;
  }
  sensorium::worker::die_with_parent();
  sensorium::media::start_library("sensorium-render");
  sensorium::give_up_rights();
  const int status = sensorium::draw(argv);
  std::fflush(stdout);
  ::_exit(status);  // nothing is worth an orderly end of a hundred libraries
}
