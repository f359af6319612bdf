// The event stream grammar. Lines are found with memchr in windows, so that neither a long line nor
// a stream of bare CRs is scanned twice; buffers are swapped with the caller's, so that a steady
// stream allocates nothing.
#include "net/sse_parser.h"

#include <algorithm>
#include <cstring>

namespace sensorium::net {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::size_t scan_window = 4096;

}  // namespace

Status SseParser::feed(std::string_view piece) {
  if (start_ > 0) {
    buffer_.erase(0, start_);
    scanned_ -= start_;
    start_ = 0;
  }
  const std::size_t held = buffer_.size() + pending_.data.size() + pending_.event.size() + pending_.id.size();
  if (held + piece.size() > max_event_)
    return Error(Code::upstream_protocol, "The engine sent an event that is longer than we accept",
                 "Try again, or ask for a shorter answer");
  buffer_.append(piece);
  return {};
}

std::size_t SseParser::find_line_end() {
  while (scanned_ < buffer_.size()) {
    const char* from = buffer_.data() + scanned_;
    const std::size_t window = std::min(scan_window, buffer_.size() - scanned_);
    const auto* lf = static_cast<const char*>(std::memchr(from, '\n', window));
    const std::size_t before = lf ? static_cast<std::size_t>(lf - from) : window;
    const auto* cr = static_cast<const char*>(std::memchr(from, '\r', before));
    if (cr) return scanned_ + static_cast<std::size_t>(cr - from);
    if (lf) return scanned_ + before;
    scanned_ += window;
  }
  return std::string::npos;
}

bool SseParser::next(SseEvent& event) {
  while (true) {
    if (skip_lf_ && start_ < buffer_.size()) {
      if (buffer_[start_] == '\n') scanned_ = ++start_;
      skip_lf_ = false;
    }
    const std::size_t end = find_line_end();
    if (end == std::string::npos) return false;
    const std::string_view text = std::string_view(buffer_).substr(start_, end - start_);
    skip_lf_ = buffer_[end] == '\r';
    scanned_ = start_ = end + 1;
    if (line(text, event)) return true;
  }
}

bool SseParser::finish(SseEvent& event) {
  const std::string rest = buffer_.substr(start_);
  buffer_.clear();
  start_ = scanned_ = 0;
  if (!rest.empty() && !(skip_lf_ && rest == "\n") && line(rest, event)) return true;
  return dispatch(event);
}

bool SseParser::line(std::string_view text, SseEvent& event) {
  if (at_start_) {
    at_start_ = false;
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  }
  if (text.empty()) return dispatch(event);
  const std::size_t colon = text.find(':');
  if (colon == 0) return false;
  if (colon == std::string_view::npos) {
    field(text, {});
    return false;
  }
  std::string_view value = text.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  field(text.substr(0, colon), value);
  return false;
}

void SseParser::field(std::string_view name, std::string_view value) {
  if (name == "data") {
    if (has_data_) pending_.data += '\n';
    pending_.data += value;
    has_data_ = true;
  } else if (name == "event") {
    pending_.event = value;
  } else if (name == "id" && value.find('\0') == std::string_view::npos) {
    pending_.id = value;
  }
}

bool SseParser::dispatch(SseEvent& event) {
  const bool complete = std::exchange(has_data_, false);
  if (complete) {
    std::swap(event, pending_);
    pending_.id = event.id;  // the last id stays in force, as the grammar says
  }
  pending_.data.clear();
  pending_.event.clear();
  return complete;
}

}  // namespace sensorium::net
