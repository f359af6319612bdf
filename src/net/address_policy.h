// AddressPolicy: the rule of the media firewall: which URLs and which addresses may be fetched. No I/O.
// Surprising: an IPv6 address that carries an IPv4 address (mapped, NAT64, ISATAP) is judged by that one, and
// only the plain spelling of an IPv4 address is taken, because libraries read the others differently.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/ip_address.h"
#include "net/url.h"

namespace sensorium::net {

/// What an address is, by the special-purpose registries of IANA and the metadata services of the clouds.
struct AddressJudgement {
  enum class Reach : std::uint8_t {
    open,      ///< of the public internet
    private_,  ///< of this machine or network: only with allow_private_addresses
    never,     ///< metadata services, multicast, reserved, documentation, tunnels
  } reach = Reach::open;
  std::string_view what;  ///< "a loopback address"; empty for open ones
};

/// Total, pure.
AddressJudgement judge(const IpAddress& address) noexcept;

enum class PrivateAddresses : std::uint8_t { refused, allowed };

/// Immutable while in use; thread-safe then.
struct AddressPolicy {
  PrivateAddresses private_addresses = PrivateAddresses::refused;
  /// host[:port] with `*` for any characters; when not empty, only these. Does not lift the other rules.
  std::vector<std::string> allow_hosts;
  std::vector<std::string> deny_hosts;  ///< the same form; also held against the addresses of a name
  std::vector<SocketAddress> own;       ///< where we listen ourselves

  /// Lists, port, spelling and, for literals, the address. Errors: fetch_refused.
  Status check_url(const Url& url) const;
  /// One address that the URL's host has. Errors: fetch_refused.
  Status check_address(const Url& url, const IpAddress& address) const;
};

/// An http or https address of media, its host without a trailing dot. Errors: fetch_refused (other schemes,
/// user names, hosts that are numbers in an unusual spelling), invalid_request (not a URL at all).
Result<Url> parse_media_url(std::string_view text);

/// Where a Location header of `base` leads (RFC 3986, section 5.2). Errors: as parse_media_url().
Result<Url> follow_location(const Url& base, std::string_view location);

/// Where a listener on "127.0.0.1:7373" or "[::]:80" can be reached: all addresses of this machine for those
/// two. Asks the kernel once.
std::vector<SocketAddress> own_addresses(std::string_view listen);

/// `text` against `pattern`, in which `*` stands for any characters; case does not count.
bool glob_matches(std::string_view pattern, std::string_view text) noexcept;

}  // namespace sensorium::net
