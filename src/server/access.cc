// Keys are compared as digests in constant time, all of them each time.
#include "server/access.h"

#include <algorithm>

#include "base/sha256.h"
#include "base/text.h"

namespace sensorium::server {
namespace {

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  return difference == 0;
}

std::string_view presented_key(const net::HttpHead& head) noexcept {
  constexpr std::string_view scheme = "bearer ";
  const std::string_view authorization = head.header("authorization");
  if (authorization.size() > scheme.size() &&
      text::equal_ignoring_case(authorization.substr(0, scheme.size()), scheme))
    return text::trim(authorization.substr(scheme.size()));
  return text::trim(head.header("x-api-key"));
}

std::string_view host_of(std::string_view authority) noexcept {
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

/// A name that DNS cannot move to this machine: an address, or localhost.
bool cannot_be_rebound(std::string_view host) noexcept {
  if (host.starts_with('[') || text::equal_ignoring_case(host, "localhost")) return true;
  return !host.empty() &&
         std::ranges::all_of(host, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

Status check_origin(const net::HttpHead& head) {
  const std::string_view origin = head.header("origin");
  if (origin.empty()) return {};
  const std::string_view host = head.header("host");
  const std::size_t scheme = origin.find("://");
  const bool same = scheme != std::string_view::npos && origin.substr(scheme + 3) == host;
  if (same && cannot_be_rebound(host_of(host))) return {};
  return Error(
      Code::forbidden, "A web page of another origin may not use this service without a key",
      "Configure a key with [keys.NAME] key_file and send it, or open the page of this service itself");
}

}  // namespace

AccessRule::AccessRule(const std::map<std::string, KeyConfig>& keys) {
  for (const auto& [name, key] : keys)
    if (!key.key.empty()) holders_.push_back({name, sha256_hex(key.key)});
}

Result<std::string_view> AccessRule::check(const net::HttpHead& head) const {
  if (has_keys()) return check_key(head);
  SN_TRY(check_origin(head));
  return std::string_view();
}

Result<std::string_view> AccessRule::check_key(const net::HttpHead& head) const {
  const std::string_view key = presented_key(head);
  if (key.empty())
    return Error(Code::unauthenticated, "This service needs a key",
                 "Send it as Authorization: Bearer KEY or as x-api-key: KEY");
  const std::string digest = sha256_hex(key);
  const Holder* known = nullptr;
  for (const Holder& each : holders_)
    if (equal_in_constant_time(digest, each.digest)) known = &each;
  if (!known)
    return Error(Code::unauthenticated, "This key is not known here",
                 "Check the key; [keys.NAME] lists those in use");
  return std::string_view(known->name);
}

}  // namespace sensorium::server
