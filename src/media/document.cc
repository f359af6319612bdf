// The parent's side: the document goes to the child as an unnamed file, pages come back on a pipe.
#include "media/document.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <filesystem>

#include "base/text.h"

namespace sensorium::media {
namespace {

constexpr int look_every_ms = 20;
constexpr std::size_t most_output = std::size_t{512} << 20, piece = std::size_t{256} << 10;

struct Fd {
  int fd = -1;
  Fd() = default;
  explicit Fd(int given) : fd(given) {}
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }
  void reset() noexcept {
    if (fd >= 0) ::close(std::exchange(fd, -1));
  }
};

Error no_renderer() {
  return Error(
      Code::not_built_in, "Documents and frames cannot be read: sensorium-render is missing",
      "Install the whole package, or turn the pages into PNG pictures (pdftoppm -png) and send those");
}

Error broken(std::string_view what) {
  return Error(Code::internal, fmt::format("sensorium-render could not be started: {}", what), "Try again");
}

Error out_of_time() {
  return Error(Code::too_large, "The document takes too long to draw",
               "Choose fewer pages with --pages, or send a picture of it");
}

std::string program_of(const RenderRequest& request) {
  if (!request.program.empty()) return request.program;
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() / "sensorium-render";
}

Status fill(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return broken("no memory for the document");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  ::lseek(fd, 0, SEEK_SET);
  return {};
}

/// A child that is killed when it goes out of scope.
class Child {
 public:
  Child(const Child&) = delete;
  Child() = default;
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    (void)wait();
  }
  Status start(const std::string& program, const RenderRequest& request, int input, int output) {
    std::string side = std::to_string(request.long_side), most = std::to_string(request.most_pages);
    std::string pages = request.pages.empty() ? "first:" + most : request.pages.text();
    std::string name = program;
    char* argv[] = {name.data(), side.data(), most.data(), pages.data(), nullptr};
    std::string environment[] = {"LC_ALL=C.UTF-8", "VIPSHOME=/nonexistent", "PATH=/nonexistent",
                                 "ASAN_OPTIONS=detect_leaks=0"};
    char* envp[] = {environment[0].data(), environment[1].data(), environment[2].data(),
                    environment[3].data(), nullptr};
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    const int failed = ::posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv, envp);
    ::posix_spawn_file_actions_destroy(&actions);
    if (failed == 0) return {};
    pid_ = -1;
    return failed == ENOENT || failed == EACCES ? no_renderer()
                                                : broken(std::generic_category().message(failed));
  }
  /// The status as waitpid gives it.
  int wait() noexcept {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {}
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_ = -1;
};

/// All that comes until the child closes its end.
Result<std::string> read_output(const CallContext& ctx, int fd, TimePoint until) {
  std::string output;
  for (;;) {
    SN_TRY(ctx.check());
    if (SteadyClock::now() > until) return out_of_time();
    pollfd wait{.fd = fd, .events = POLLIN, .revents = 0};
    if (::poll(&wait, 1, look_every_ms) <= 0) continue;
    const std::size_t size = output.size();
    output.resize(size + piece);
    const auto n = ::read(fd, output.data() + size, piece);
    output.resize(size + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (n < 0 && errno != EINTR) return broken("its pages could not be read");
    if (n == 0) return output;
    if (output.size() > most_output) return out_of_time();
  }
}

Error told(std::string_view words) {
  const auto has = [&](std::string_view part) { return words.find(part) != std::string_view::npos; };
  if (words.starts_with("choice "))
    return Error(Code::invalid_request, std::string(words.substr(7)),
                 "Choose others with --pages or --frames");
  if (has("encrypted") || has("password"))
    return Error(Code::unsupported_media, "The PDF is encrypted with a password",
                 "Remove the password first: qpdf --decrypt --password=... in.pdf out.pdf");
  if (words.starts_with("large"))
    return Error(Code::too_large, "A page or frame has too many pixels", "Scale it down, or choose others");
  return Error(
      Code::corrupt_media,
      fmt::format("The document could not be drawn ({})", text::printable(text::shorten(words, 200))),
      "Check that it opens in a viewer, or send its pages as PNG pictures");
}

/// "pages 3\n", then "page 0 1234\n" and so many bytes for each page, then "end\n"; or "error WORDS\n".
Result<Rendered> parse(std::string_view output) {
  Rendered rendered;
  const auto number = [](std::string_view& line) {
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
    line.remove_prefix(static_cast<std::size_t>(end - line.data()));
    if (line.starts_with(' ')) line.remove_prefix(1);
    return error == std::errc() ? value : 0;
  };
  while (!output.empty()) {
    const auto newline = output.find('\n');
    if (newline == std::string_view::npos) break;
    std::string_view line = output.substr(0, newline);
    output.remove_prefix(newline + 1);
    if (line == "end") return rendered;
    if (line.starts_with("error ")) return told(line.substr(6));
    if (line.starts_with("pages ")) {
      line.remove_prefix(6);
      rendered.total = static_cast<int>(number(line));
    } else if (line.starts_with("page ")) {
      line.remove_prefix(5);
      const auto index = number(line), length = number(line);
      if (length > output.size()) break;
      rendered.pages.push_back(
          {static_cast<int>(index), std::make_shared<const std::string>(output.substr(0, length))});
      output.remove_prefix(length);
    } else {
      break;
    }
  }
  return Error(Code::too_large, "The document could not be drawn within the limits of memory and time",
               "Choose fewer pages with --pages, or send a picture of it");
}

}  // namespace

DocumentKind document_kind(std::string_view bytes) noexcept {
  constexpr std::size_t head = 1024;
  // Readers of PDF allow some rubbish before the mark.
  std::string_view front = bytes.substr(0, head);
  if (front.find("%PDF-") != std::string_view::npos) return DocumentKind::pdf;
  if (front.starts_with("\xEF\xBB\xBF")) front.remove_prefix(3);
  const auto first = front.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || front[first] != '<') return DocumentKind::none;
  const auto tag = front.find("<svg");
  const bool html = front.find("<html") < tag || front.find("<HTML") < tag ||
                    front.find("<!doctype html") < tag || front.find("<!DOCTYPE html") < tag;
  return tag != std::string_view::npos && !html ? DocumentKind::svg : DocumentKind::none;
}

Result<Rendered> render_pages(const CallContext& ctx, std::string_view bytes, const RenderRequest& request) {
  SN_TRY(ctx.check());
  const TimePoint until = SteadyClock::now() + request.time;
  const Fd document(::memfd_create("document", MFD_CLOEXEC));
  int ends[2];
  if (document.fd < 0 || ::pipe2(ends, O_CLOEXEC) != 0) return broken("no more files may be open");
  const Fd output(ends[0]);
  Fd theirs(ends[1]);
  SN_TRY(fill(document.fd, bytes));
  Child child;
  SN_TRY(child.start(program_of(request), request, document.fd, theirs.fd));
  theirs.reset();
  const std::string all = SN_TRY(read_output(ctx, output.fd, until));
  (void)child.wait();
  return parse(all);
}

}  // namespace sensorium::media
