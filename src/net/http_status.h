// Status lines of HTTP/1.1 replies, ready to be sent.
#pragma once

#include <string_view>

namespace sensorium::net {

/// "HTTP/1.1 200 OK\r\n" and so on; a status that we never send is told as 500.
std::string_view status_line(int status) noexcept;

}  // namespace sensorium::net
