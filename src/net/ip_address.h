// IpAddress: an IPv4 or IPv6 address as bytes, without a socket library.
// Surprising: only the one strict spelling is read; 127.1, 0x7f000001 and 0177.0.0.1 are no addresses here.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sensorium::net {

struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};  ///< network order; IPv4 uses the first four
  bool v6 = false;

  /// "93.184.216.34", "2606:2800::1", without brackets and scope; nothing for any other text.
  static std::optional<IpAddress> parse(std::string_view text) noexcept;
  std::string text() const;
  bool operator==(const IpAddress&) const = default;
};

/// Where a connection goes to.
struct SocketAddress {
  IpAddress ip;
  std::uint16_t port = 0;
  bool operator==(const SocketAddress&) const = default;
};

}  // namespace sensorium::net
