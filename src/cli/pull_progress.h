// PullProgress: how far a download is: a line that changes on a terminal, a line now and then elsewhere.
#pragma once

#include <string>

#include "cli/terminal.h"
#include "service/models.h"

namespace sensorium::cli {

class PullProgress {
 public:
  explicit PullProgress(Terminal& terminal) : terminal_(terminal) {}
  ~PullProgress() { finish(); }
  PullProgress(const PullProgress&) = delete;
  PullProgress& operator=(const PullProgress&) = delete;

  void show(const service::PullState& state);
  /// Leaves the last line as it is.
  void finish();

 private:
  std::string words(const service::PullState& state) const;
  Terminal& terminal_;
  std::string file_;
  TimePoint begin_{}, last_{};
  std::int64_t begin_bytes_ = 0;  ///< had before this run: no part of its speed
  int last_tenth_ = -1;
  bool open_ = false;
};

/// "file.gguf  12.3 MiB of 416.6 MiB  3 %  4.2 MiB/s  96 s left"; without a total, size and speed only.
std::string pull_words(const service::PullState& state, std::int64_t bytes_per_second);

}  // namespace sensorium::cli
