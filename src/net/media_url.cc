// Addresses of media: what parse_url() takes, narrowed to what every library understands in the same way.
#include <algorithm>

#include "base/text.h"
#include "net/address_policy.h"

namespace sensorium::net {
namespace {

Error unusual(std::string message, std::string hint) {
  return Error(Code::fetch_refused, std::move(message), std::move(hint));
}

/// A last label that is a number makes the whole host an IPv4 address for every client (WHATWG URL).
bool ends_in_number(std::string_view host) noexcept {
  const std::string_view label = host.substr(host.rfind('.') + 1);
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto hex = [&](char c) { return digit(c) || (c >= 'a' && c <= 'f'); };
  if (label.starts_with("0x")) return std::ranges::all_of(label.substr(2), hex);
  return !label.empty() && std::ranges::all_of(label, digit);
}

Status settle_host(Url& url) {
  const bool v6 = url.host.find(':') != std::string::npos;
  if (!v6 && url.host.ends_with('.')) url.host.pop_back();
  const bool empty_label = !v6 && (url.host.empty() || url.host.starts_with('.') || url.host.ends_with('.') ||
                                   url.host.find("..") != std::string::npos);
  if (empty_label) return unusual("The host in the address has an empty part", "Write it without extra dots");
  const auto literal = IpAddress::parse(url.host);
  if (v6 && !literal)
    return unusual("What stands in brackets in the address is not an IPv6 address", "Correct the address");
  if (literal) url.host = literal->text();
  else if (ends_in_number(url.host))
    return unusual("The host in the address is a number in an unusual spelling",
                   "Write an IPv4 address as four decimal numbers");
  return {};
}

/// "scheme:" at the beginning (RFC 3986, section 3.1), else "".
std::string_view scheme_of(std::string_view text) noexcept {
  const auto end = text.find_first_of(":/?#");
  return end == std::string_view::npos || text[end] != ':' ? std::string_view{} : text.substr(0, end);
}

/// `path` without its "." and ".." segments.
std::string without_dots(std::string_view path) {
  std::vector<std::string_view> kept;
  const auto segments = text::split(path, '/');
  for (std::size_t i = 1; i < segments.size(); ++i) {  // the first is what stands before the first slash
    const std::string_view segment = segments[i];
    const bool last = i + 1 == segments.size();
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (segment != ".") {
      kept.push_back(segment);
      continue;
    }
    if (last) kept.emplace_back();
  }
  std::string out;
  for (const std::string_view segment : kept) out.append("/").append(segment);
  return out.empty() ? "/" : out;
}

}  // namespace

Result<Url> parse_media_url(std::string_view text) {
  const std::string scheme = text::lower(scheme_of(text));
  if (!scheme.empty() && scheme != "http" && scheme != "https")
    return unusual(
        "Only http and https addresses are fetched, not " + text::printable(text::shorten(scheme, 20)) + ":",
        "Give an http or https address, a data URL, or the file itself");
  auto url = parse_url(text);
  if (!url) {
    Error error = std::move(url).error();
    if (text.find('@') != std::string_view::npos) error.code = Code::fetch_refused;
    error.hint =
        "Write it like https://host/picture.jpg, without a user name; a name in other letters than "
        "a to z as its xn-- form";
    return error;
  }
  SN_TRY(settle_host(*url));
  return url;
}

Result<Url> follow_location(const Url& base, std::string_view location) {
  location = text::trim(location);
  if (!scheme_of(location).empty()) return parse_media_url(location);
  if (location.starts_with("//")) return parse_media_url(base.scheme + ":" + std::string(location));
  const std::string_view target = base.target;
  const std::string_view path = target.substr(0, target.find('?'));
  const auto query = location.find_first_of("?#");
  const std::string_view given = location.substr(0, query);
  const std::string_view tail = query == std::string_view::npos ? std::string_view{} : location.substr(query);
  std::string next;
  if (given.starts_with('/')) next = without_dots(given);
  else if (!given.empty())
    next = without_dots(std::string(path.substr(0, path.rfind('/') + 1)).append(given));
  else next = tail.starts_with('?') ? std::string(path) : base.target;
  return parse_media_url(base.origin() + next.append(tail));
}

}  // namespace sensorium::net
