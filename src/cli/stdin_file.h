// StdinFile: standard input as a file, for what must be read more than once or out of order.
// Surprising: the file has no name; it is read by its path in /proc and goes with this object.
#pragma once

#include <limits>
#include <string>

#include "cli/interrupt.h"

namespace sensorium::cli {

/// What is said when it cannot be had.
struct StdinWords {
  Error not_connected, no_place, unreadable, full, too_large;
};

inline constexpr std::int64_t any_size = std::numeric_limits<std::int64_t>::max();

class StdinFile {
 public:
  StdinFile() = default;
  StdinFile(const StdinFile&) = delete;
  StdinFile& operator=(const StdinFile&) = delete;
  ~StdinFile();

  /// Reads to the end; the path by which this process can open it while this lives. Blocks. Errors: those of
  /// `words`, cancelled.
  Result<std::string> fill(const Interrupt& interrupt, std::int64_t max_bytes, StdinWords words);

 private:
  int fd_ = -1;
};

/// $TMPDIR, else /tmp.
std::string temporary_folder();

}  // namespace sensorium::cli
