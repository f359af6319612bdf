// Terminal: stderr as a person sees it: errors, notes, the closing line, colours where they are wanted.
// Surprising: it never touches stdout, which carries results only (see output.h).
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace sensorium::cli {

enum class Style : unsigned char { plain, bold, dim, red, green, yellow };
enum class ColorWhen : unsigned char { automatic, always, never };

/// Not thread-safe.
class Terminal {
 public:
  explicit Terminal(ColorWhen when, int fd = 2);

  void set_quiet() noexcept { quiet_ = true; }
  void set_verbose() noexcept { verbose_ = true; }
  bool quiet() const noexcept { return quiet_; }
  bool verbose() const noexcept { return verbose_; }
  bool is_tty() const noexcept { return tty_; }
  int columns() const noexcept;
  int fd() const noexcept { return fd_; }

  /// `text` in a style, or as it is where colours are off.
  std::string paint(Style style, std::string_view text) const;

  /// "sensorium: SENTENCE. HINT." Shown also when quiet.
  void error(const Error& error);
  /// "sensorium: warning: TEXT."
  void warning(std::string_view text);
  /// A line for people, not when quiet.
  void note(std::string_view text);
  /// A line that --quiet does not silence.
  void line(std::string_view text);

 private:
  int fd_;
  bool tty_, colors_, quiet_ = false, verbose_ = false;
};

/// True where a terminal wants colours: NO_COLOR is not set, TERM is not dumb.
bool terminal_takes_colors(int fd) noexcept;

}  // namespace sensorium::cli
