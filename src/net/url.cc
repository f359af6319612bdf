// Addresses taken apart by hand: strict where a mistake would reach another host or smuggle a
// header (control characters, spaces, credentials), lenient where browsers are (bytes above ASCII
// in the path are percent-encoded).
#include "net/url.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace sensorium::net {
namespace {

constexpr std::string_view hint_form = "Write it like https://host/path or unix:/path/to.sock:/path";

Error bad(std::string message) {
  return Error(Code::invalid_request, std::move(message), std::string(hint_form));
}

bool has_control_or_space(std::string_view text) noexcept {
  return std::ranges::any_of(text, [](unsigned char c) { return c <= 0x20 || c == 0x7F; });
}

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

bool host_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

bool address_character(char c) noexcept {
  return (c >= 'a' && c <= 'f') || (c >= '0' && c <= '9') || c == ':' || c == '.';
}

std::string encode_target(std::string_view target) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  out.reserve(target.size());
  for (const char c : target) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) out += c;
    else out += {'%', digits[byte >> 4], digits[byte & 15]};
  }
  return out;
}

/// What follows the host: path and query, always with a leading slash, without the fragment.
std::string target_of(std::string_view rest) {
  rest = rest.substr(0, rest.find('#'));
  if (rest.starts_with('/')) return encode_target(rest);
  return "/" + encode_target(rest);
}

Status take_port(Url& url, std::string_view text) {
  unsigned port = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failure != std::errc{} || end != text.data() + text.size() || port == 0 || port > 65'535)
    return bad("The port in the address is not a number from 1 to 65535");
  url.port = std::to_string(port);
  return {};
}

Status take_host(Url& url, std::string_view authority) {
  if (authority.find('@') != std::string_view::npos)
    return Error(Code::invalid_request, "The address contains a user name or password",
                 "Leave them out; give a key by its environment variable or api_key_file");
  std::string_view host = authority, rest;
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == std::string_view::npos)
      return bad("The address has an opening bracket without a closing one");
    host = authority.substr(1, close - 1);
    rest = authority.substr(close + 1);
    url.host = lowered(host);
    if (url.host.find(':') == std::string::npos || !std::ranges::all_of(url.host, address_character))
      return bad("What stands in brackets in the address is not an IPv6 address");
  } else {
    const auto colon = authority.find(':');
    host = authority.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view{} : authority.substr(colon);
    url.host = lowered(host);
    if (!std::ranges::all_of(url.host, host_character))
      return bad("The host name in the address has a character that host names cannot have");
  }
  if (url.host.empty()) return bad("The address has no host name");
  if (rest.empty()) return {};
  if (!rest.starts_with(':')) return bad("After the host name the address must go on with ':' or '/'");
  return rest.size() == 1 ? Status{} : take_port(url, rest.substr(1));
}

Result<Url> parse_unix(std::string_view rest) {
  Url url{.scheme = "unix", .host = {}, .port = {}};
  const auto colon = rest.find(":/");
  url.host = rest.substr(0, colon);
  if (!url.host.starts_with('/') || url.host.starts_with("//"))
    return bad("A unix: address needs the absolute path of a socket");
  if (colon != std::string_view::npos) url.target = target_of(rest.substr(colon + 1));
  return url;
}

}  // namespace

std::string Url::origin() const {
  if (scheme == "unix") return "unix:" + host;
  const bool bracket = host.find(':') != std::string::npos;
  return scheme + (bracket ? "://[" : "://") + host + (bracket ? "]:" : ":") + port;
}

Result<Url> parse_url(std::string_view text) {
  if (text.empty()) return bad("The address is empty");
  if (has_control_or_space(text)) return bad("The address has a space or control character in it");
  const auto colon = text.find(':');
  const std::string scheme = colon == std::string_view::npos ? "" : lowered(text.substr(0, colon));
  if (scheme == "unix") return parse_unix(text.substr(colon + 1));
  if (scheme != "http" && scheme != "https")
    return bad("The address does not begin with http:// or https://");
  std::string_view rest = text.substr(colon + 1);
  if (!rest.starts_with("//")) return bad("The address needs two slashes after its scheme");
  rest.remove_prefix(2);
  const auto path = rest.find_first_of("/?#");
  Url url{.scheme = scheme, .host = {}, .port = scheme == "https" ? "443" : "80"};
  SN_TRY(take_host(url, rest.substr(0, path)));
  if (path != std::string_view::npos) url.target = target_of(rest.substr(path));
  return url;
}

Url join(Url base, std::string_view path) {
  if (path.empty()) return base;
  const auto query = base.target.find('?');
  const std::string tail = query == std::string::npos ? "" : base.target.substr(query);
  base.target.resize(std::min(query, base.target.size()));
  while (base.target.ends_with('/')) base.target.pop_back();
  if (!path.starts_with('/')) base.target += '/';
  base.target += path;
  base.target += tail;
  return base;
}

}  // namespace sensorium::net
