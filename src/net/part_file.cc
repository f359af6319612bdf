// Plain POSIX files; the lock goes with the descriptor, so a killed process leaves none behind.
#include "net/part_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <vector>

namespace sensorium::net {
namespace {

constexpr std::size_t read_size = 1UL << 20;
constexpr mode_t file_mode = 0644;

Error disk_error(const std::string& path, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  return Error(Code::misconfigured, fmt::format("{} cannot be written: {}", path, std::strerror(error)),
               full ? "Free some space, then run the same command again: it goes on where it stopped"
                    : "Check that the folder exists and may be written");
}

}  // namespace

PartFile::PartFile(PartFile&& other) noexcept
    : path_(std::move(other.path_)),
      file_(std::exchange(other.file_, -1)),
      size_(other.size_),
      validator_(std::move(other.validator_)),
      hash_(std::move(other.hash_)) {}

PartFile::~PartFile() {
  if (file_ >= 0) ::close(file_);
}

Result<PartFile> PartFile::open(const std::string& path) {
  PartFile result(path);
  result.file_ = ::open(result.part().c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, file_mode);
  if (result.file_ < 0) return disk_error(result.part(), errno);
  if (::flock(result.file_, LOCK_EX | LOCK_NB) != 0)
    return Error(Code::overloaded, fmt::format("Another process is downloading {}", path),
                 "Wait until it is done");
  // Whoever held the lock before may have renamed the file under our hands.
  struct stat opened{}, named{};
  if (::fstat(result.file_, &opened) != 0 || ::stat(result.part().c_str(), &named) != 0 ||
      opened.st_ino != named.st_ino)
    return Error(Code::overloaded, fmt::format("Another process has just downloaded {}", path), "Try again");
  SN_TRY(result.read_existing());
  return result;
}

Status PartFile::read_existing() {
  std::ifstream tag_file(tag());
  std::getline(tag_file, validator_);
  std::vector<char> buffer(read_size);
  for (;;) {
    const auto count = ::read(file_, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return disk_error(part(), errno);
    if (count == 0) return {};
    hash_->update({buffer.data(), static_cast<std::size_t>(count)});
    size_ += count;
  }
}

Status PartFile::set_validator(const std::string& validator) {
  if (validator == validator_) return {};
  validator_ = validator;
  std::ofstream file(tag(), std::ios::trunc);
  file << validator;
  if (!file.flush()) return disk_error(tag(), errno);
  return {};
}

Status PartFile::append(std::string_view bytes) {
  hash_->update(bytes);
  while (!bytes.empty()) {
    const auto count = ::write(file_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return disk_error(part(), errno);
    bytes.remove_prefix(static_cast<std::size_t>(count));
    size_ += count;
  }
  return {};
}

Status PartFile::restart() {
  if (::ftruncate(file_, 0) != 0 || ::lseek(file_, 0, SEEK_SET) != 0) return disk_error(part(), errno);
  size_ = 0;
  validator_.clear();
  hash_.emplace();
  return {};
}

Status PartFile::finish() {
  if (::fsync(file_) != 0 || ::rename(part().c_str(), path_.c_str()) != 0) return disk_error(path_, errno);
  ::unlink(tag().c_str());
  return {};
}

void PartFile::drop() noexcept {
  ::unlink(part().c_str());
  ::unlink(tag().c_str());
}

}  // namespace sensorium::net
