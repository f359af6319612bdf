// Reading inputs in bounded pieces, so that a huge or endless file costs no more than its limit.
#include "cli/inputs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/text.h"

#include <filesystem>

namespace sensorium::cli {
namespace {

constexpr std::size_t piece_bytes = std::size_t{256} << 10;
constexpr std::int64_t list_limit = std::int64_t{64} << 20;

struct File {
  int fd;
  ~File() {
    if (fd > STDIN_FILENO) ::close(fd);
  }
};

std::string shown(std::string_view path) {
  return path == "-" ? "stdin" : text::printable(text::shorten(path, 200));
}

Error cannot_read(std::string_view path, int error) {
  const bool absent = error == ENOENT || error == ENOTDIR;
  return Error(Code::fetch_failed,
               absent ? fmt::format("{} does not exist", shown(path))
                      : fmt::format("{} cannot be read: {}", shown(path), std::strerror(error)),
               absent ? "Check the name; relative names are looked for in the current folder"
                      : "Check its permissions");
}

Error too_large(std::string_view path, const ReadLimits& limits) {
  return Error(Code::too_large,
               fmt::format("{} is larger than {}", shown(path),
                           text::human_bytes(static_cast<std::uint64_t>(limits.max_bytes))),
               fmt::format("Give a smaller file, or raise {} in the configuration", limits.setting));
}

Error url_not_read(std::string_view url) {
  return Error(Code::fetch_refused, fmt::format("{} is a URL, and a file is wanted here", shown(url)),
               fmt::format("Download it first and give the file: curl -fLo text {}", shown(url)));
}

// What can be known of an open file before a byte is read.
Status check_facts(int fd, const std::string& path, const ReadLimits& limits) {
  struct stat facts = {};
  if (::fstat(fd, &facts) != 0) return cannot_read(path, errno);
  if (S_ISDIR(facts.st_mode))
    return Error(Code::invalid_request, fmt::format("{} is a folder", shown(path)), "Name a file in it");
  if (S_ISREG(facts.st_mode) && facts.st_size > limits.max_bytes) return too_large(path, limits);
  if (path == "-" && ::isatty(fd))
    return Error(Code::invalid_request, "\"-\" reads from stdin, but nothing is connected to it",
                 "Connect it: sensorium ask \"What is this?\" - < photo.jpg");
  return {};
}

Result<std::string> read_all(int fd, const std::string& path, const ReadLimits& limits,
                             const Interrupt& interrupt) {
  const auto limit = static_cast<std::size_t>(limits.max_bytes);
  std::string bytes;
  for (std::size_t size = 0;;) {
    bytes.resize(size + std::min(piece_bytes, limit + 1 - size));
    SN_TRY(interrupt.wait(fd, POLLIN));
    const auto n = ::read(fd, bytes.data() + size, bytes.size() - size);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n < 0) return cannot_read(path, errno);
    size += static_cast<std::size_t>(n);
    if (size > limit) return too_large(path, limits);
    if (n == 0) return bytes.resize(size), bytes;
  }
}

}  // namespace

bool is_url(std::string_view input) noexcept {
  const auto end = input.find("://");
  return end != std::string_view::npos && end > 1 && std::ranges::all_of(input.substr(0, end), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
         });
}

bool is_folder(const std::string& path) noexcept {
  struct stat facts = {};
  return ::stat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode);
}

Result<std::string> read_input(const std::string& path, const ReadLimits& limits,
                               const Interrupt& interrupt) {
  if (is_url(path)) return url_not_read(path);
  // Without O_NONBLOCK a FIFO that nobody writes yet would block in open(), deaf to Ctrl-C.
  const File file{path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.fd < 0) return cannot_read(path, errno);
  SN_TRY(check_facts(file.fd, path, limits));
  return read_all(file.fd, path, limits, interrupt);
}

Result<std::vector<std::string>> read_list(const std::string& path, char separator,
                                           const Interrupt& interrupt) {
  const std::string text =
      SN_TRY(read_input(path, {list_limit, "nothing; a list may have 64 MiB"}, interrupt));
  std::vector<std::string> names;
  for (std::string_view name : text::split(text, separator)) {
    if (separator == '\n' && name.ends_with('\r')) name.remove_suffix(1);
    if (!name.empty()) names.emplace_back(name);
  }
  return names;
}

Result<std::vector<std::string>> files_below(const std::vector<std::string>& inputs) {
  namespace fs = std::filesystem;
  constexpr std::size_t most = 100'000;
  std::vector<std::string> out;
  for (const std::string& input : inputs) {
    if (!is_folder(input)) {
      out.push_back(input);
      continue;
    }
    std::error_code failure;
    std::vector<std::string> found;
    for (fs::recursive_directory_iterator at(input, fs::directory_options::skip_permission_denied, failure),
         end;
         !failure && at != end; at.increment(failure)) {
      if (at->is_regular_file(failure) && !at->path().filename().string().starts_with('.'))
        found.push_back(at->path().string());
      if (found.size() > most)
        return Error(Code::invalid_request,
                     "There are more than 100,000 files in " + text::printable(text::shorten(input, 100)),
                     "Name a smaller folder");
    }
    if (failure)
      return Error(Code::invalid_request,
                   text::printable(text::shorten(input, 100)) + " cannot be read: " + failure.message(),
                   "Check its permissions");
    std::ranges::sort(found);
    out.insert(out.end(), found.begin(), found.end());
  }
  return out;
}

Result<std::vector<service::PictureSource>> read_pictures(const std::vector<std::string>& inputs,
                                                          const ReadLimits& limits,
                                                          const Interrupt& interrupt) {
  std::vector<service::PictureSource> pictures;
  for (const std::string& input : inputs) {
    if (is_url(input)) {
      pictures.push_back({nullptr, shown(input), input});
      continue;
    }
    auto bytes = SN_TRY(read_input(input, limits, interrupt));
    if (bytes.empty())
      return Error(Code::corrupt_media, fmt::format("{} is empty", shown(input)),
                   "Give a file with a picture in it");
    pictures.push_back({std::make_shared<const std::string>(std::move(bytes)), shown(input)});
  }
  return pictures;
}

}  // namespace sensorium::cli
