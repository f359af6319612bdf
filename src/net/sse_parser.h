// SseParser: text/event-stream, fed in any pieces. Follows the WHATWG "event stream" grammar:
// CR, LF and CRLF line ends, a leading BOM, comments, multi-line data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sensorium::net {

struct SseEvent {
  std::string event;  ///< "" means "message"
  std::string data;
  std::string id;
};

/// Not thread-safe. Memory is bounded by `max_event` bytes.
class SseParser {
 public:
  explicit SseParser(std::size_t max_event = 4UL << 20) : max_event_(max_event) {}

  /// Appends a piece of the stream; take the events with next() before the next piece.
  /// Errors: upstream_protocol when what is held would pass `max_event`.
  Status feed(std::string_view piece);
  /// Takes the next complete event; false when more bytes are needed. Comments count only as bytes.
  bool next(SseEvent& event);
  /// At end of stream: dispatches an event that lacks its closing blank line. True if there was one.
  bool finish(SseEvent& event);

 private:
  bool line(std::string_view text, SseEvent& event);
  void field(std::string_view name, std::string_view value);
  bool dispatch(SseEvent& event);
  std::size_t find_line_end();

  std::string buffer_;
  std::size_t start_ = 0;    ///< where the current line begins in buffer_
  std::size_t scanned_ = 0;  ///< no line end before here, so byte-wise feeding stays linear
  SseEvent pending_;
  bool has_data_ = false, skip_lf_ = false, at_start_ = true;
  std::size_t max_event_;
};

}  // namespace sensorium::net
