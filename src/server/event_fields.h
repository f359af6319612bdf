// EventFields: the lines before the data of an event: its kind, and its number in the stream.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

namespace sensorium::server {

/// Not thread-safe.
class EventFields {
 public:
  explicit EventFields(std::string stream) : stream_(std::move(stream)) {}

  /// "event: item\nid: st-1:7\n"; `kind` is "event: item\n", or "" for plain text. Valid until the next call.
  std::string_view next(std::string_view kind) {
    text_.assign(kind);
    fmt::format_to(std::back_inserter(text_), "id: {}:{}\n", stream_, number_++);
    return text_;
  }

 private:
  std::string stream_, text_;
  std::uint64_t number_ = 1;
};

}  // namespace sensorium::server
