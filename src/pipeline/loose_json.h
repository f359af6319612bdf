// JSON as models write it, made strict: prose around it, fences, comments, trailing commas, single quotes,
// keys without quotes, Python's words, tuples, line ends in strings, quotes inside quotes, a missing end.
// Surprising: it never fails. What cannot be JSON is no candidate, and the schema judges the rest.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sensorium::pipeline {

/// One object or list found in a text.
struct JsonCandidate {
  std::string json;     ///< strict (RFC 8259) text of it
  bool exact = false;   ///< it was strict as it stood
  bool closed = false;  ///< the text ended inside it: what was whole was kept, the rest closed
};

/// What in `text` may be meant as JSON, the likeliest first: the whole text, fenced blocks, objects and
/// lists in prose, the largest first, and last an object of "label: value" lines. At most 16. Thread-safe.
std::vector<JsonCandidate> json_candidates(std::string_view text);

}  // namespace sensorium::pipeline
