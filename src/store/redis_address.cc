// redis:// addresses. Not net's URL parser: store stands beside net, not above it.
#include "store/redis_address.h"

#include <fmt/format.h>

#include <charconv>

namespace sensorium::store {
namespace {

constexpr std::string_view tcp_scheme = "redis://", unix_scheme = "redis+unix://";
constexpr int highest_port = 65'535, highest_database = 1'000'000;

Error refused(std::string message) {
  return Error(Code::misconfigured, std::move(message),
               "Write redis://HOST:6379/0, redis://:PASSWORD@HOST/0 or redis+unix:///PATH");
}

bool read_number(std::string_view text, int low, int high, int& out) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out);
  return failure == std::errc{} && end == text.data() + text.size() && out >= low && out <= high;
}

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size();
    const int high = escape ? hex_value(text[i + 1]) : -1, low = escape ? hex_value(text[i + 2]) : -1;
    if (high >= 0 && low >= 0) out += static_cast<char>(high * 16 + low), i += 2;
    else out += text[i];
  }
  return out;
}

void take_credentials(std::string_view& rest, RedisAddress& address) {
  const auto at = rest.rfind('@', rest.find('/'));
  if (at == std::string_view::npos) return;
  const std::string_view credentials = rest.substr(0, at);
  rest.remove_prefix(at + 1);
  const auto colon = credentials.find(':');
  address.user = percent_decoded(credentials.substr(0, colon));
  if (colon != std::string_view::npos) address.password = percent_decoded(credentials.substr(colon + 1));
}

Status take_host(std::string_view authority, RedisAddress& address) {
  const bool literal = authority.starts_with('[');
  const auto close = literal ? authority.find(']') : 0;
  if (close == std::string_view::npos) return refused("The address of Redis lacks a ]");
  const auto colon = authority.find(':', close);
  address.host = authority.substr(literal ? 1 : 0, literal ? close - 1 : colon);
  if (address.host.empty()) return refused("The address of Redis names no host");
  if (colon != std::string_view::npos &&
      !read_number(authority.substr(colon + 1), 1, highest_port, address.port))
    return refused("The port of Redis is not a number from 1 to 65535");
  return {};
}

Result<RedisAddress> parse_unix(std::string_view rest) {
  RedisAddress address;
  const auto question = rest.find('?');
  address.socket = rest.substr(0, question);
  if (!address.socket.starts_with('/')) return refused("The socket of Redis must be an absolute path");
  if (question == std::string_view::npos) return address;
  const std::string_view option = rest.substr(question + 1);
  if (!option.starts_with("db=") || !read_number(option.substr(3), 0, highest_database, address.database))
    return refused("After the socket of Redis only ?db=NUMBER may follow");
  return address;
}

}  // namespace

std::string RedisAddress::shown() const {
  if (!socket.empty()) return fmt::format("{}{}", unix_scheme, socket);
  const bool literal = host.contains(':');
  return fmt::format("{}{}{}{}:{}/{}", tcp_scheme, literal ? "[" : "", host, literal ? "]" : "", port,
                     database);
}

Result<RedisAddress> parse_redis_url(std::string_view url) {
  if (url.starts_with(unix_scheme)) return parse_unix(url.substr(unix_scheme.size()));
  if (url.starts_with("rediss://"))
    return refused("Redis over TLS is not supported; use a tunnel or a private network");
  if (!url.starts_with(tcp_scheme)) return refused("This is not an address of Redis");
  std::string_view rest = url.substr(tcp_scheme.size());
  RedisAddress address;
  take_credentials(rest, address);
  const auto slash = rest.find('/');
  SN_TRY(take_host(rest.substr(0, slash), address));
  const std::string_view database =
      slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  if (!database.empty() && !read_number(database, 0, highest_database, address.database))
    return refused("The database of Redis is not a number");
  return address;
}

}  // namespace sensorium::store
