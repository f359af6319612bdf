// Spool: bytes on their way in, in a file without a name, so that slow uploads cost disk and not memory.
// Surprising: all calls block; they belong on a pool. The kernel removes the file with the descriptor.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sensorium::server {

/// Not thread-safe.
class Spool {
 public:
  /// `folder` is made if it is missing. Errors: misconfigured (no permission, no space).
  static Result<Spool> open(const std::string& folder);
  Spool(Spool&& other) noexcept : fd_(std::exchange(other.fd_, -1)), size_(other.size_) {}
  Spool& operator=(Spool&& other) noexcept;
  ~Spool();

  Status append(std::string_view bytes);
  /// All of it, in one string of exactly its size.
  Result<std::string> read_all() const;
  std::uint64_t size() const noexcept { return size_; }
  /// A path by which this process can open it again while this object lives.
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  explicit Spool(int fd) : fd_(fd) {}
  int fd_;
  std::uint64_t size_ = 0;
};

}  // namespace sensorium::server
