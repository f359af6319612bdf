// Everything goes out in one write per line, so that lines of several programs do not mix.
#include "cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/text.h"

namespace sensorium::cli {
namespace {

std::string_view code_of(Style style) {
  switch (style) {
    case Style::plain:
      return "0";
    case Style::bold:
      return "1";
    case Style::dim:
      return "2";
    case Style::red:
      return "1;31";
    case Style::green:
      return "32";
    case Style::yellow:
      return "33";
  }
  return "0";
}

std::string full_stop(std::string_view text) {
  std::string sentence(text);
  if (!sentence.empty() && std::string_view(".!?").find(sentence.back()) == std::string_view::npos)
    sentence += '.';
  return sentence;
}

// Safe to print, but with the line ends that some messages have.
std::string safe(std::string_view text) {
  std::string out;
  for (const std::string_view line : text::split(text, '\n'))
    out += (out.empty() ? "" : "\n") + text::printable(line);
  return out;
}

// A hint that ends in a command to run gets no full stop, which would be copied along.
std::string hint_words(const Error& error) {
  const std::string hint = error.hint.find(": ") == std::string::npos ? full_stop(error.hint) : error.hint;
  if (!error.retry_after) return hint;
  const auto wait = std::chrono::ceil<std::chrono::seconds>(*error.retry_after);
  return fmt::format("It may work again in {} s.{}{}", wait.count(), hint.empty() ? "" : " ", hint);
}

}  // namespace

bool terminal_takes_colors(int fd) noexcept {
  const char* const no_color = std::getenv("NO_COLOR");
  const char* const term = std::getenv("TERM");
  return ::isatty(fd) && !(no_color && *no_color) && term && std::string_view(term) != "dumb";
}

Terminal::Terminal(ColorWhen when, int fd)
    : fd_(fd),
      tty_(::isatty(fd) == 1),
      colors_(when == ColorWhen::always || (when == ColorWhen::automatic && terminal_takes_colors(fd))) {}

int Terminal::columns() const noexcept {
  constexpr int usual = 80;
  winsize size{};
  if (::ioctl(fd_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return usual;
  return size.ws_col;
}

std::string Terminal::paint(Style style, std::string_view text) const {
  if (!colors_ || style == Style::plain || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code_of(style), text);
}

void Terminal::error(const Error& error) {
  const std::string hint = hint_words(error);
  line(fmt::format("{} {}{}{}", paint(Style::red, "sensorium:"), safe(full_stop(error.message)),
                   hint.empty() ? "" : " ", safe(hint)));
  if (!verbose_) return;
  for (const std::string& note : error.notes) line(fmt::format("  {}", safe(note)));
  line(paint(Style::dim, fmt::format("  {} ({}:{})", facts(error.code).name, error.where.file_name(),
                                     error.where.line())));
}

void Terminal::warning(std::string_view text) {
  if (!quiet_) line(fmt::format("{} {}", paint(Style::yellow, "sensorium: warning:"), full_stop(safe(text))));
}

void Terminal::note(std::string_view text) {
  if (!quiet_) line(text);
}

void Terminal::line(std::string_view text) {
  std::string out = std::string(text) + "\n";
  for (std::string_view rest = out; !rest.empty();) {
    const auto n = ::write(fd_, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // nobody reads our complaints: nothing to be done
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
}

}  // namespace sensorium::cli
