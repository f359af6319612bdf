// Writing results.
#include "cli/output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/text.h"
#include "cli/inputs.h"

namespace sensorium::cli {
namespace {

std::string part_name(const std::string& path) { return path + ".part"; }

Error cannot_write(const std::string& path, int error) {
  return Error(Code::invalid_request,
               fmt::format("{} cannot be written: {}", text::printable(path), std::strerror(error)),
               "Name another file with -o, or leave -o out to get the result on stdout");
}

}  // namespace

Output::Output(int fd, std::string path, const Interrupt& interrupt)
    : fd_(fd), path_(std::move(path)), interrupt_(&interrupt), tty_(::isatty(fd) == 1) {}

Output::Output(Output&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::move(other.path_)),
      interrupt_(other.interrupt_),
      tty_(other.tty_),
      closed_(other.closed_),
      committed_(other.committed_) {}

Output::~Output() {
  if (fd_ < 0 || is_stdout() || committed_) return;
  ::close(fd_);
  ::unlink(part_name(path_).c_str());
}

Result<Output> Output::open(const std::string& path, const Interrupt& interrupt) {
  if (path.empty() || path == "-") return Output(STDOUT_FILENO, {}, interrupt);
  struct stat facts = {};
  if (::stat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode)) return cannot_write(path, EISDIR);
  constexpr mode_t by_umask = 0666;
  const int fd = ::open(part_name(path).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, by_umask);
  if (fd < 0) return cannot_write(path, errno);
  return Output(fd, path, interrupt);
}

Status Output::write(std::string_view bytes) {
  while (!bytes.empty()) {
    // A pipe that poll() calls writable takes PIPE_BUF bytes without blocking, so a signal never waits.
    SN_TRY(interrupt_->wait(fd_, POLLOUT));
    const auto n = ::write(fd_, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n < 0 && errno == EPIPE) {
      closed_ = true;
      return Error(Code::cancelled, "Nobody reads the output any more");
    }
    if (n < 0)
      return Error(Code::internal, fmt::format("The result could not be written: {}", std::strerror(errno)),
                   "Check the free space and the permissions of the target");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Status Output::commit() {
  if (is_stdout()) return {};
  committed_ = true;
  const int closed = ::close(std::exchange(fd_, -1));
  if (closed != 0 || ::rename(part_name(path_).c_str(), path_.c_str()) != 0)
    return cannot_write(path_, errno);
  return {};
}

std::string stem_of(const std::string& input) {
  return input == "-" ? "stdin" : std::filesystem::path(input).stem().string();
}

std::string result_path(const std::string& given, const std::string& input, std::string_view extension) {
  if (given.empty() || given == "-" || !is_folder(given)) return given;
  return (std::filesystem::path(given) / (stem_of(input) + std::string(extension))).string();
}

std::string without_controls(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 = byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (c1) ++i;
    else if ((byte >= 0x20 && byte != 0x7f) || byte == '\n' || byte == '\t') out += text[i];
  }
  return out;
}

}  // namespace sensorium::cli
