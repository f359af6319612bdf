// Copied in pieces, each waited for together with a signal.
#include "cli/stdin_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/folders.h"

namespace sensorium::cli {
namespace {

constexpr std::size_t piece_bytes = 1UL << 20;

int unnamed_file() {
  std::string name = temporary_folder() + "/sensorium-XXXXXX";
  const int fd = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd >= 0) ::unlink(name.c_str());
  return fd;
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace

std::string temporary_folder() {
  const std::string given = environment("TMPDIR");
  return given.empty() ? "/tmp" : given;
}

StdinFile::~StdinFile() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::string> StdinFile::fill(const Interrupt& interrupt, std::int64_t max_bytes, StdinWords words) {
  if (::isatty(STDIN_FILENO)) return std::move(words.not_connected);
  fd_ = unnamed_file();
  if (fd_ < 0) return std::move(words.no_place);
  std::string buffer(piece_bytes, '\0');
  for (std::int64_t left = max_bytes;;) {
    SN_TRY(interrupt.wait(STDIN_FILENO, POLLIN));
    const auto got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got == 0) return fmt::format("/proc/self/fd/{}", fd_);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::move(words.unreadable);
    if (got > left) return std::move(words.too_large);
    left -= got;
    if (!write_all(fd_, std::string_view(buffer).substr(0, static_cast<std::size_t>(got))))
      return std::move(words.full);
  }
}

}  // namespace sensorium::cli
