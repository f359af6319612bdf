// The spool on O_TMPFILE, with a named and at once unnamed file where the file system has no such thing.
#include "server/spool.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

namespace sensorium::server {
namespace {

Error spool_error(std::string what, int reason) {
  return Error(Code::misconfigured, std::move(what) + ": " + std::strerror(reason),
               "Free some space, or choose another folder with [server] state_dir");
}

int open_unnamed(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return fd;
  std::string name = folder + "/upload-XXXXXX";
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(name.c_str());
  return named;
}

}  // namespace

Result<Spool> Spool::open(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return spool_error("The spool folder " + folder + " cannot be made", error.value());
  const int fd = open_unnamed(folder);
  if (fd < 0) return spool_error("No file can be made in the spool folder " + folder, errno);
  return Spool(fd);
}

Spool& Spool::operator=(Spool&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(size_, other.size_);
  return *this;
}

Spool::~Spool() {
  if (fd_ >= 0) ::close(fd_);
}

Status Spool::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return spool_error("The upload cannot be written to the spool", errno);
    bytes.remove_prefix(static_cast<std::size_t>(n));
    size_ += static_cast<std::uint64_t>(n);
  }
  return {};
}

Result<std::string> Spool::read_all() const {
  std::string bytes;
  int reason = 0;
  bytes.resize_and_overwrite(size_, [&](char* to, std::size_t size) {
    std::size_t at = 0;
    while (at < size) {
      const ssize_t n = ::pread(fd_, to + at, size - at, static_cast<off_t>(at));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) {
        reason = n < 0 ? errno : EIO;
        break;
      }
      at += static_cast<std::size_t>(n);
    }
    return at;
  });
  if (reason != 0) return spool_error("The spooled upload cannot be read", reason);
  return bytes;
}

}  // namespace sensorium::server
