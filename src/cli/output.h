// Output: where results go: stdout as they come, or FILE.part that becomes FILE when all is there.
// Surprising: stdout is written unbuffered and in small pieces, so that Ctrl-C works while a pager sleeps.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/interrupt.h"

namespace sensorium::cli {

/// Movable; a file that was not committed is removed.
class Output {
 public:
  /// "" and "-" are stdout. Errors: invalid_request (cannot be written, is a folder).
  static Result<Output> open(const std::string& path, const Interrupt& interrupt);
  Output(Output&& other) noexcept;
  Output& operator=(Output&&) = delete;
  ~Output();

  /// Blocks. Errors: cancelled (a signal, or nobody reads stdout any more: see closed()), internal (disk
  /// full).
  Status write(std::string_view bytes);
  /// The file under its own name. Errors: internal.
  Status commit();

  bool is_stdout() const noexcept { return path_.empty(); }
  bool is_tty() const noexcept { return tty_; }
  /// The reader of stdout has gone, as `head` does: a quiet end, no failure.
  bool closed() const noexcept { return closed_; }
  const std::string& path() const noexcept { return path_; }

 private:
  Output(int fd, std::string path, const Interrupt& interrupt);
  int fd_;
  std::string path_;
  const Interrupt* interrupt_;
  bool tty_, closed_ = false, committed_ = false;
};

/// How a result of `input` is called: the file's name without its ending, "stdin" for "-".
std::string stem_of(const std::string& input);
/// Where `-o given` puts the result of `input`: a folder takes STEM and `extension` (".txt"), anything else
/// is the place itself. Looks at the disk.
std::string result_path(const std::string& given, const std::string& input, std::string_view extension);

/// `text` without what could take over a terminal: control characters other than line end and tab, C1 codes.
std::string without_controls(std::string_view text);

/// Exit code after closed(): what a shell gives for SIGPIPE.
inline constexpr int exit_of_closed_pipe = 141;

}  // namespace sensorium::cli
