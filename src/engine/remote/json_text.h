// JSON strings written straight into a request buffer, without a document in between.
#pragma once

#include <string>
#include <string_view>

namespace sensorium::upstream {

/// Appends `text` as a JSON string with its quotes. Invalid UTF-8 becomes U+FFFD, because a server
/// would refuse the whole request for one bad byte.
void append_json_string(std::string& out, std::string_view text);

}  // namespace sensorium::upstream
