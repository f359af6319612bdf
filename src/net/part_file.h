// PartFile: the unfinished file of a download: its bytes, their running SHA-256, and the validator
// of the server's version of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/sha256.h"

namespace sensorium::net {

/// Holds a lock: two processes cannot write the same part. Not thread-safe.
class PartFile {
 public:
  /// Opens or makes `path`.part and reads what is there. Blocking: hashes the existing bytes.
  /// Errors: overloaded (locked by another process), misconfigured (cannot be written).
  static Result<PartFile> open(const std::string& path);
  PartFile(PartFile&& other) noexcept;
  PartFile& operator=(PartFile&&) = delete;
  ~PartFile();

  std::int64_t size() const noexcept { return size_; }
  /// ETag or Last-Modified of the version these bytes are of; "" when unknown.
  const std::string& validator() const noexcept { return validator_; }
  Status set_validator(const std::string& validator);

  Status append(std::string_view bytes);
  Status restart();
  /// The digest of all bytes; the file can only be finished or dropped after it.
  std::string digest() { return hash_->finish_hex(); }
  /// Flushes to disk and renames to the final path.
  Status finish();
  /// Removes the part and its validator.
  void drop() noexcept;

 private:
  explicit PartFile(std::string path) : path_(std::move(path)) {}
  std::string part() const { return path_ + ".part"; }
  std::string tag() const { return path_ + ".part.tag"; }
  Status read_existing();

  std::string path_;
  int file_ = -1;
  std::int64_t size_ = 0;
  std::string validator_;
  std::optional<Sha256> hash_{std::in_place};
};

}  // namespace sensorium::net
