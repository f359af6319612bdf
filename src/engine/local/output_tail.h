// OutputTail: the last bytes a child wrote, bounded, for the message when it fails.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sensorium::local {

/// Keeps at least the last `limit` and never more than twice `limit` bytes. Not thread-safe.
class OutputTail {
 public:
  explicit OutputTail(std::size_t limit = 64UL << 10) : limit_(limit) {}

  void append(std::string_view bytes);
  void clear() noexcept { text_.clear(); }
  std::string_view text() const noexcept { return text_; }

  /// The last `count` lines that are not empty, joined by " | ", valid UTF-8, at most 600 bytes.
  std::string last_lines(std::size_t count) const;
  /// Of the lines that speak of an error or a failure the first two, which tend to be the cause, and
  /// the last, in the same shape; "" when there is none.
  std::string complaints() const;

 private:
  std::size_t limit_;
  std::string text_;
};

}  // namespace sensorium::local
