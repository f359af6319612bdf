// HTTP/1.1 heads as text, for the bench tools. Kept apart from src/net on purpose: a mock that shares
// the parser of the program under test would share its faults.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sensorium::bench {

/// ASCII only.
bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;
std::string_view trimmed(std::string_view text) noexcept;

/// A request or response head; all views point into the text given to parse_head.
struct Head {
  std::string_view first, second, third;  ///< method target version, or version status reason
  std::string_view fields;                ///< the header lines, each with its line end

  /// Value of the first field `name` (any case), trimmed; empty when absent.
  std::string_view get(std::string_view name) const noexcept;
};

/// `text` ends with the empty line. Nothing when the first line or a field is malformed.
std::optional<Head> parse_head(std::string_view text) noexcept;

/// Decimal or hexadecimal without sign, the whole text; nothing otherwise or above `most`.
std::optional<std::uint64_t> parse_number(std::string_view text, int base, std::uint64_t most) noexcept;

/// Takes the body of a chunked message apart, in whatever pieces it comes.
class ChunkedReader {
 public:
  enum class State : std::uint8_t { size, data, data_end, trailer, done, bad };

  /// Consumes bytes from the front of `input` and returns the next piece of body in it, a view into
  /// `input`; empty when more input is needed or the body has ended.
  std::string_view next(std::string_view& input) noexcept;
  State state() const noexcept { return state_; }

 private:
  bool take_line(std::string_view& input) noexcept;
  void end_of_line() noexcept;
  static constexpr std::size_t longest_line = 1024;
  State state_ = State::size;
  std::uint64_t left_ = 0;
  std::size_t line_size_ = 0;
  char line_[longest_line];
};

/// Appends `text` as a JSON string with its quotes. `text` is taken as UTF-8 without a check.
void append_quoted(std::string& out, std::string_view text);

}  // namespace sensorium::bench
