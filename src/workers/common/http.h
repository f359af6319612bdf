// The HTTP/1.1 a worker speaks: heads parsed from text, replies made as text. No sockets here.
// Surprising: only what our own client sends is understood; chunked request bodies are refused.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sensorium::worker {

inline constexpr std::size_t max_head_bytes = 16UL << 10;
inline constexpr std::size_t max_body_bytes = 64UL << 20;

/// The head of a request. `bearer` is the key it presents, "" if none.
struct Head {
  std::string method;
  std::string path;  ///< without the query
  std::string bearer;
  std::size_t content_length = 0;
  bool keep_alive = true;
  bool expects_continue = false;
};

/// What a handler answers. The body is JSON.
struct Reply {
  int status = 200;
  std::string body;
};

/// Parses a head including its closing blank line.
/// Errors: invalid_request (malformed, chunked), too_large (Content-Length above max_body_bytes).
Result<Head> parse_head(std::string_view text);

/// The whole reply as it goes over the wire.
enum class Connection : unsigned char { keep, close };
std::string format_reply(const Reply& reply, Connection connection);

/// `{"error":{"code","message","hint"}}` with the status of the error's code.
Reply error_reply(const Error& error);

/// Comparison whose time does not depend on where two keys differ.
bool same_key(std::string_view a, std::string_view b) noexcept;

}  // namespace sensorium::worker
