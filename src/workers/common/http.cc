// Parsing and formatting for the workers' small HTTP server.
#include "workers/common/http.h"

#include <fmt/format.h>

#include <charconv>

#include "base/text.h"

namespace sensorium::worker {
namespace {

Error malformed(std::string_view what) {
  return Error(Code::invalid_request, fmt::format("The request's {} is not HTTP/1.1", what),
               "Send a plain HTTP/1.1 request with a Content-Length");
}

std::string_view reason(int status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 413:
      return "Content Too Large";
    case 422:
      return "Unprocessable Content";
    case 503:
      return "Service Unavailable";
    default:
      return "Error";
  }
}

Status read_request_line(std::string_view line, Head& head) {
  const auto parts = text::split(line, ' ');
  if (parts.size() != 3 || parts[0].empty() || !parts[1].starts_with('/')) return malformed("first line");
  if (parts[2] != "HTTP/1.1" && parts[2] != "HTTP/1.0") return malformed("version");
  head.method = parts[0];
  head.path = parts[1].substr(0, parts[1].find('?'));
  head.keep_alive = parts[2] == "HTTP/1.1";
  return {};
}

Status read_length(std::string_view value, Head& head) {
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
  if (error == std::errc::result_out_of_range || (error == std::errc{} && length > max_body_bytes))
    return Error(Code::too_large, fmt::format("The body is larger than {} bytes", max_body_bytes),
                 "Send a smaller picture");
  if (error != std::errc{} || end != value.data() + value.size()) return malformed("Content-Length");
  head.content_length = length;
  return {};
}

Status read_field(std::string_view name, std::string_view value, Head& head) {
  if (text::equal_ignoring_case(name, "content-length")) return read_length(value, head);
  if (text::equal_ignoring_case(name, "transfer-encoding")) return malformed("body (chunked)");
  if (text::equal_ignoring_case(name, "authorization") && value.starts_with("Bearer "))
    head.bearer = value.substr(7);
  if (text::equal_ignoring_case(name, "connection")) {
    if (text::equal_ignoring_case(value, "close")) head.keep_alive = false;
    if (text::equal_ignoring_case(value, "keep-alive")) head.keep_alive = true;
  }
  if (text::equal_ignoring_case(name, "expect"))
    head.expects_continue = text::equal_ignoring_case(value, "100-continue");
  return {};
}

}  // namespace

Result<Head> parse_head(std::string_view text) {
  Head head;
  bool first = true;
  for (auto line : text::split(text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) {
      if (first) continue;
      return head;
    }
    if (first) {
      SN_TRY(read_request_line(line, head));
      first = false;
      continue;
    }
    const auto colon = line.find(':');
    if (colon == 0 || colon == std::string_view::npos) return malformed("head");
    SN_TRY(read_field(line.substr(0, colon), text::trim(line.substr(colon + 1)), head));
  }
  return malformed("head");
}

std::string format_reply(const Reply& reply, Connection connection) {
  return fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: {}\r\n\r\n{}",
      reply.status, reason(reply.status), reply.body.size(),
      connection == Connection::keep ? "keep-alive" : "close", reply.body);
}

Reply error_reply(const Error& error) {
  return {facts(error.code).http,
          fmt::format(R"({{"error":{{"code":"{}","message":{},"hint":{}}}}})", facts(error.code).name,
                      text::json_quote(error.message), text::json_quote(error.hint))};
}

bool same_key(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned>(a[i] ^ b[i]);
  return difference == 0;
}

}  // namespace sensorium::worker
