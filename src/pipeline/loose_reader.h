// Reads one JSON value as tolerantly as it can be read, and writes it strictly; for loose_json.cc.
#pragma once

#include <string>
#include <string_view>

namespace sensorium::pipeline {

struct LooseValue {
  std::string json;      ///< strict JSON
  std::size_t used = 0;  ///< bytes of the text that belong to it
  bool exact = true;     ///< nothing had to be mended
  bool closed = false;   ///< the text ended inside it
};

/// `text` begins with { or [. At most 64 levels are read; deeper ones become null.
LooseValue read_loose(std::string_view text);

/// A value without brackets: a number, true, null, a quoted or a bare text.
std::string loose_scalar(std::string_view text);

}  // namespace sensorium::pipeline
