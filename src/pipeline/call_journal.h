// CallJournal: the finished calls of a long piece of work in a file beside its output, so that the same
// command does not repeat them after a crash. Surprising: a line that was cut off while being written is
// simply not there.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sensorium::pipeline {

/// What a call gave.
struct JournalEntry {
  std::string text = {}, model = {};
  std::int64_t input_tokens = 0, output_tokens = 0;
  std::optional<double> cost_usd = {};
};

/// One JSON object a line, appended and flushed per call. Not thread-safe. All calls block shortly.
class CallJournal {
 public:
  /// Nothing is kept.
  CallJournal() = default;
  /// Reads what is there; makes file and folder. Errors: misconfigured (cannot be written).
  static Result<CallJournal> open(const std::string& path);
  CallJournal(CallJournal&& other) noexcept;
  CallJournal& operator=(CallJournal&& other) noexcept;
  ~CallJournal();

  const JournalEntry* find(std::string_view key) const noexcept;
  Status add(std::string_view key, const JournalEntry& entry);
  std::size_t size() const noexcept { return entries_.size(); }
  /// Removes the file: the work is done.
  void drop() noexcept;

 private:
  std::string path_;
  int file_ = -1;
  std::map<std::string, JournalEntry, std::less<>> entries_;
};

}  // namespace sensorium::pipeline
