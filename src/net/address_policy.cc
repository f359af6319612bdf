// Judging addresses by a table of networks: IANA's special-purpose registries (RFC 6890 and later), and the
// addresses where clouds keep credentials.
#include "net/address_policy.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace sensorium::net {
namespace {

using Reach = AddressJudgement::Reach;

struct Network {
  std::array<std::uint8_t, 16> prefix;
  int bits;
  AddressJudgement judgement;
};

constexpr AddressJudgement metadata{Reach::never, "the address of a cloud's metadata service"};
constexpr AddressJudgement loopback{Reach::private_, "a loopback address"};
constexpr AddressJudgement in_house{Reach::private_, "a private address"};
constexpr AddressJudgement link{Reach::private_, "a link-local address"};
constexpr AddressJudgement reserved{Reach::never, "a reserved address"};
constexpr AddressJudgement example{Reach::never, "an address for documentation"};
constexpr AddressJudgement tunnel{Reach::never, "an address that tunnels to another one"};
constexpr AddressJudgement multicast{Reach::never, "a multicast address"};
constexpr AddressJudgement nowhere{Reach::never, "the address of no machine"};

// The first match counts.
constexpr Network networks_v4[] = {
    {{169, 254, 169}, 24, metadata},       // AWS, GCP, Azure, OpenStack, DigitalOcean
    {{169, 254, 170}, 24, metadata},       // ECS tasks, EKS pods
    {{100, 100, 100, 200}, 32, metadata},  // Alibaba
    {{168, 63, 129, 16}, 32, metadata},    // Azure's wire server
    {{192, 0, 0, 192}, 32, metadata},      // Oracle
    {{0}, 8, nowhere},
    {{127}, 8, loopback},
    {{10}, 8, in_house},
    {{172, 16}, 12, in_house},
    {{192, 168}, 16, in_house},
    {{100, 64}, 10, {Reach::private_, "an address shared behind a provider's NAT"}},
    {{169, 254}, 16, link},
    {{192, 0, 0}, 24, reserved},
    {{192, 0, 2}, 24, example},
    {{198, 51, 100}, 24, example},
    {{203, 0, 113}, 24, example},
    {{192, 88, 99}, 24, tunnel},
    {{198, 18}, 15, {Reach::never, "an address for benchmarks"}},
    {{224}, 4, multicast},
    {{255, 255, 255, 255}, 32, {Reach::never, "the broadcast address"}},
    {{240}, 4, reserved},
};

constexpr Network networks_v6[] = {
    {{0xFD, 0x00, 0x0E, 0xC2}, 32, metadata},  // AWS: fd00:ec2::254
    {{0xFD, 0x20, 0x00, 0xCE}, 32, metadata},  // GCP: fd20:ce::254
    {{0xFD, 0x00, 0x00, 0xC1}, 32, metadata},  // Oracle: fd00:c1::a9fe:a9fe
    {{0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xA9, 0xFE, 0xA9, 0xFE}, 128, metadata},
    {{}, 128, nowhere},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, loopback},
    {{0xFC}, 7, {Reach::private_, "a unique-local address"}},
    {{0xFE, 0x80}, 10, link},
    {{0xFE, 0xC0}, 10, {Reach::private_, "a site-local address"}},
    {{0xFF}, 8, multicast},
    {{0x20, 0x02}, 16, tunnel},        // 6to4
    {{0x20, 0x01, 0, 0}, 32, tunnel},  // Teredo
    {{0x20, 0x01, 0x0D, 0xB8}, 32, example},
    {{0x20, 0x01, 0}, 23, reserved},  // protocols, benchmarks, ORCHID
    {{0x3F, 0xFF, 0}, 20, example},
    {{0x20}, 3, {Reach::open, {}}},  // all that has been given out: 2000::/3
    {{}, 0, {Reach::never, "no address of the public internet"}},
};

bool in(const IpAddress& address, const Network& network) noexcept {
  const auto whole = static_cast<std::size_t>(network.bits / 8);
  if (!std::equal(network.prefix.begin(), network.prefix.begin() + static_cast<std::ptrdiff_t>(whole),
                  address.bytes.begin()))
    return false;
  const int rest = network.bits % 8;
  return rest == 0 || ((address.bytes[whole] ^ network.prefix[whole]) >> (8 - rest)) == 0;
}

template <std::size_t Count>
AddressJudgement judge_by(const Network (&table)[Count], const IpAddress& address) noexcept {
  const auto found = std::ranges::find_if(table, [&](const Network& n) { return in(address, n); });
  return found == std::end(table) ? AddressJudgement{} : found->judgement;
}

IpAddress last_four(const IpAddress& address) noexcept {
  IpAddress inner;
  std::copy_n(address.bytes.begin() + 12, 4, inner.bytes.begin());
  return inner;
}

constexpr Network mapped{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}, 96, {}};
constexpr Network nat64{{0, 0x64, 0xFF, 0x9B}, 96, {}};

/// ISATAP (RFC 5214): 0000:5efe or 0200:5efe before the IPv4 address, behind any prefix.
bool isatap(const IpAddress& address) noexcept {
  const auto& b = address.bytes;
  return (b[8] & 0xFD) == 0 && b[9] == 0 && b[10] == 0x5E && b[11] == 0xFE;
}

Error refused(const Url& url, std::string_view why, std::string hint) {
  return Error(Code::fetch_refused, fmt::format("{} may not be fetched: {}", url.origin(), why),
               std::move(hint));
}

constexpr std::string_view private_hint =
    "Send the file itself, or set media.allow_private_addresses = true if all callers may reach this network";
constexpr std::string_view never_hint = "Give the address of a public server, or send the file itself";

// Ports of other protocols, which a request must not be smuggled to (the "bad ports" of the Fetch standard).
constexpr std::uint16_t bad_ports[] = {
    0,    1,    7,    9,    11,   13,   15,   17,   19,   20,   21,   22,   23,   25,   37,   42,    43,
    53,   69,   77,   79,   87,   95,   101,  102,  103,  104,  109,  110,  111,  113,  115,  117,   119,
    123,  135,  137,  139,  143,  161,  179,  389,  427,  465,  512,  513,  514,  515,  526,  530,   531,
    532,  540,  548,  554,  556,  563,  587,  601,  636,  989,  990,  993,  995,  1719, 1720, 1723,  2049,
    3659, 4045, 4190, 5060, 5061, 6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080, 11211};

std::uint16_t port_number(const Url& url) noexcept {
  unsigned port = 0;
  for (const char digit : url.port) port = port * 10 + static_cast<unsigned>(digit - '0');
  return static_cast<std::uint16_t>(port);
}

constexpr std::string_view metadata_names[] = {"metadata.google.internal", "metadata.goog", "metadata",
                                               "instance-data", "instance-data.ec2.internal"};

bool listed(const std::vector<std::string>& list, std::string_view host, std::string_view port) {
  return std::ranges::any_of(list, [&](const std::string& entry) {
    return glob_matches(entry, host) || glob_matches(entry, fmt::format("{}:{}", host, port));
  });
}

/// Any loopback address counts where one is ours: a listener on 0.0.0.0 has all of 127.0.0.0/8.
bool is_own(const std::vector<SocketAddress>& own, const IpAddress& address, std::uint16_t port) noexcept {
  const auto is_loopback = [](const IpAddress& ip) { return judge(ip).what == loopback.what; };
  const IpAddress plain = in(address, mapped) && address.v6 ? last_four(address) : address;
  return std::ranges::any_of(own, [&](const SocketAddress& mine) {
    return mine.port == port && (mine.ip == plain || (is_loopback(mine.ip) && is_loopback(plain)));
  });
}

bool is_local_name(std::string_view host) noexcept {
  return host == "localhost" || host.ends_with(".localhost") || host == "localhost.localdomain" ||
         host == "localhost6" || host == "ip6-localhost" || host == "ip6-loopback";
}

}  // namespace

AddressJudgement judge(const IpAddress& address) noexcept {
  if (!address.v6) return judge_by(networks_v4, address);
  if (in(address, mapped) || in(address, nat64)) return judge(last_four(address));
  const AddressJudgement outer = judge_by(networks_v6, address);
  if (outer.reach != Reach::never && isatap(address)) {
    const AddressJudgement inner = judge(last_four(address));
    if (inner.reach != Reach::open) return {Reach::never, inner.what};
  }
  return outer;
}

bool glob_matches(std::string_view pattern, std::string_view text) noexcept {
  const auto same = [](char a, char b) {
    const auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return low(a) == low(b);
  };
  std::size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') star = p++, mark = t;
    else if (p < pattern.size() && same(pattern[p], text[t])) ++p, ++t;
    else if (star != std::string_view::npos) p = star + 1, t = ++mark;
    else return false;
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

Status AddressPolicy::check_url(const Url& url) const {
  if (listed(deny_hosts, url.host, url.port))
    return refused(url, "media.deny_hosts names it", "Send the file itself");
  if (!allow_hosts.empty() && !listed(allow_hosts, url.host, url.port))
    return refused(url, "media.allow_hosts does not name it", "Send the file itself, or add the host there");
  if (std::ranges::find(bad_ports, port_number(url)) != std::end(bad_ports))
    return refused(url, fmt::format("port {} belongs to another protocol", url.port),
                   "Give an http or https address");
  if (std::ranges::find(metadata_names, url.host) != std::end(metadata_names))
    return refused(url, "it is a cloud's metadata service", std::string(never_hint));
  if (const auto literal = IpAddress::parse(url.host)) return check_address(url, *literal);
  if (private_addresses == PrivateAddresses::refused && is_local_name(url.host))
    return refused(url, "it is a name of this machine", std::string(private_hint));
  return {};
}

Status AddressPolicy::check_address(const Url& url, const IpAddress& address) const {
  const std::string text = address.text();
  const std::string shown = text == url.host ? "it" : text;
  if (is_own(own, address, port_number(url)))
    return refused(url, shown + " is this service itself", "Give the address of another server");
  if (listed(deny_hosts, text, url.port))
    return refused(url, fmt::format("media.deny_hosts names {}", shown), "Send the file itself");
  const AddressJudgement judged = judge(address);
  const bool lifted = judged.reach == Reach::private_ && private_addresses == PrivateAddresses::allowed;
  if (judged.reach == Reach::open || lifted) return {};
  return refused(url, fmt::format("{} is {}", shown, judged.what),
                 std::string(judged.reach == Reach::private_ ? private_hint : never_hint));
}

}  // namespace sensorium::net
