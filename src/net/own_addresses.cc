// The addresses of this machine, from the kernel.
#include <ifaddrs.h>
#include <netinet/in.h>

#include <charconv>
#include <cstring>

#include "net/address_policy.h"

namespace sensorium::net {
namespace {

std::vector<IpAddress> of_this_machine() {
  std::vector<IpAddress> found{*IpAddress::parse("127.0.0.1"), *IpAddress::parse("::1")};
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return found;
  for (const ifaddrs* entry = list; entry; entry = entry->ifa_next) {
    if (!entry->ifa_addr) continue;
    IpAddress ip;
    ip.v6 = entry->ifa_addr->sa_family == AF_INET6;
    if (ip.v6)
      std::memcpy(ip.bytes.data(), &reinterpret_cast<const sockaddr_in6*>(entry->ifa_addr)->sin6_addr, 16);
    else if (entry->ifa_addr->sa_family == AF_INET)
      std::memcpy(ip.bytes.data(), &reinterpret_cast<const sockaddr_in*>(entry->ifa_addr)->sin_addr, 4);
    else continue;
    found.push_back(ip);
  }
  ::freeifaddrs(list);
  return found;
}

}  // namespace

std::vector<SocketAddress> own_addresses(std::string_view listen) {
  const auto colon = listen.rfind(':');
  if (colon == std::string_view::npos) return {};
  const std::string_view digits = listen.substr(colon + 1);
  std::uint16_t port = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), port);
  std::string_view host = listen.substr(0, colon);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  const auto ip = IpAddress::parse(host);
  std::vector<SocketAddress> own;
  const bool one = ip && *ip != IpAddress{.bytes = {}, .v6 = ip->v6};
  for (const IpAddress& address : one ? std::vector{*ip} : of_this_machine()) own.push_back({address, port});
  return own;
}

}  // namespace sensorium::net
