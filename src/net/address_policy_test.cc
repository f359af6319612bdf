// What may be fetched, by address, by spelling and by list.
#include "net/address_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sensorium::net {
namespace {

using Reach = AddressJudgement::Reach;
using ::testing::HasSubstr;

AddressJudgement judged(std::string_view text) { return judge(IpAddress::parse(text).value()); }

Status checked(const AddressPolicy& policy, std::string_view text) {
  const auto url = parse_media_url(text);
  return url ? policy.check_url(*url) : Status(url.error());
}

std::string followed(std::string_view base, std::string_view location) {
  const auto url = follow_location(parse_media_url(base).value(), location);
  return url ? url->origin() + url->target : "refused";
}

TEST(IpAddress, OnlyThePlainSpellingIsRead) {
  EXPECT_EQ(IpAddress::parse("93.184.216.34")->text(), "93.184.216.34");
  EXPECT_EQ(IpAddress::parse("2606:2800:0:0::1")->text(), "2606:2800::1");
  for (const std::string_view text :
       {"", "127.1", "0177.0.0.1", "0x7f.0.0.1", "2130706433", "1.2.3.4.", "1.2.3.256", "1.2.3", "::1%lo",
        "[::1]", "1.2.3.4 ", "12345::", "::g", "::1::"})
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  EXPECT_FALSE(IpAddress::parse(std::string(1000, '1')));
  EXPECT_FALSE(IpAddress::parse(std::string_view("1.2.3.4\0x", 9)));
}

TEST(Judge, TheEdgesOfNetworks) {
  for (const std::string_view text : {"1.1.1.1",
                                      "9.255.255.255",
                                      "11.0.0.0",
                                      "100.63.255.255",
                                      "100.128.0.0",
                                      "126.255.255.255",
                                      "128.0.0.1",
                                      "169.253.255.255",
                                      "169.255.0.0",
                                      "172.15.255.255",
                                      "172.32.0.0",
                                      "192.0.1.0",
                                      "192.167.255.255",
                                      "192.169.0.0",
                                      "198.17.255.255",
                                      "198.20.0.0",
                                      "223.255.255.255",
                                      "2000::1",
                                      "2001:200::1",
                                      "2001:4860:4860::8888",
                                      "2606:4700:4700::1111",
                                      "2a00:1450:4001::1",
                                      "3ffe::1",
                                      "::ffff:8.8.8.8",
                                      "64:ff9b::8.8.8.8",
                                      "2606:4700::5efe:8.8.8.8"})
    EXPECT_EQ(judged(text).reach, Reach::open) << text;
  for (const std::string_view text :
       {"127.0.0.1", "10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0",
        "100.64.0.0", "169.254.1.1", "::1", "fc00::", "fdff::1", "fe80::1", "febf::1", "fec0::1",
        "::ffff:10.0.0.1", "64:ff9b::127.0.0.1"})
    EXPECT_EQ(judged(text).reach, Reach::private_) << text;
  for (const std::string_view text : {"0.0.0.0",
                                      "0.255.255.255",
                                      "169.254.169.254",
                                      "100.100.100.200",
                                      "168.63.129.16",
                                      "224.0.0.0",
                                      "255.255.255.255",
                                      "240.0.0.0",
                                      "192.0.2.0",
                                      "198.18.0.0",
                                      "::",
                                      "fd00:ec2::254",
                                      "fd00:c1::a9fe:a9fe",
                                      "fe80::a9fe:a9fe",
                                      "ff02::1",
                                      "2002::1",
                                      "2001::1",
                                      "2001:1ff::1",
                                      "2001:db8::",
                                      "100::1",
                                      "1fff::1",
                                      "4000::1",
                                      "::1.2.3.4",
                                      "2606:4700::5efe:10.0.0.1"})
    EXPECT_EQ(judged(text).reach, Reach::never) << text;
}

TEST(AddressPolicy, PrivateAddressesOnRequestButNeverMetadata) {
  AddressPolicy policy;
  EXPECT_EQ(checked(policy, "http://192.168.1.5/cam.jpg").error().code, Code::fetch_refused);
  EXPECT_THAT(checked(policy, "http://192.168.1.5/").error().message, HasSubstr("it is a private address"));
  EXPECT_THAT(checked(policy, "http://localhost/").error().hint, HasSubstr("allow_private_addresses"));
  policy.private_addresses = PrivateAddresses::allowed;
  for (const std::string_view text : {"http://192.168.1.5/", "http://localhost:8080/", "http://[::1]/",
                                      "http://127.0.0.1:9000/", "http://[fd12::1]/", "http://100.64.0.1/"})
    EXPECT_TRUE(checked(policy, text)) << text;
  for (const std::string_view text :
       {"http://169.254.169.254/", "http://[fd00:ec2::254]/", "http://0.0.0.0/", "http://224.0.0.1/",
        "http://metadata.google.internal/", "http://127.1/", "http://0x7f000001/", "http://192.0.2.1/"})
    EXPECT_FALSE(checked(policy, text)) << text;
}

TEST(AddressPolicy, ListsOfHosts) {
  AddressPolicy policy;
  policy.allow_hosts = {"*.example.com", "media.example.org:8443", "192.168.*"};
  EXPECT_TRUE(checked(policy, "https://a.b.example.com/x"));
  EXPECT_TRUE(checked(policy, "https://A.EXAMPLE.com./x"));
  EXPECT_TRUE(checked(policy, "https://media.example.org:8443/"));
  for (const std::string_view text : {"https://example.com/", "https://media.example.org/",
                                      "https://example.com.evil.test/", "https://notexample.com/"})
    EXPECT_THAT(checked(policy, text).error().message, HasSubstr("allow_hosts")) << text;
  EXPECT_FALSE(checked(policy, "http://192.168.1.5/")) << "an allow list lifts nothing";
  policy = {};
  policy.deny_hosts = {"*.ads.test", "93.184.*"};
  EXPECT_FALSE(checked(policy, "http://x.ads.test/"));
  EXPECT_TRUE(checked(policy, "http://ads.test/"));
  const Url other = parse_media_url("http://other.test/").value();
  EXPECT_FALSE(policy.check_address(other, *IpAddress::parse("93.184.216.34")));
  EXPECT_TRUE(policy.check_address(other, *IpAddress::parse("93.185.216.34")));
}

TEST(AddressPolicy, OurOwnListener) {
  AddressPolicy policy;
  policy.private_addresses = PrivateAddresses::allowed;
  policy.own = own_addresses("127.0.0.1:7373");
  for (const std::string_view text : {"http://127.0.0.1:7373/", "http://127.0.0.2:7373/",
                                      "http://[::1]:7373/", "http://[::ffff:127.0.0.1]:7373/"})
    EXPECT_THAT(checked(policy, text).error().message, HasSubstr("this service itself")) << text;
  EXPECT_TRUE(checked(policy, "http://127.0.0.1:7374/"));
  EXPECT_FALSE(
      policy.check_address(parse_media_url("http://me.test:7373/").value(), *IpAddress::parse("127.0.0.1")));
  EXPECT_GE(own_addresses("0.0.0.0:80").size(), 2U);
  EXPECT_EQ(own_addresses("[2606:4700::1]:443"),
            (std::vector<SocketAddress>{{*IpAddress::parse("2606:4700::1"), 443}}));
  EXPECT_TRUE(own_addresses("nonsense").empty());
}

TEST(Glob, Stars) {
  EXPECT_TRUE(glob_matches("*", ""));
  EXPECT_TRUE(glob_matches("a*b*c", "aXXbYYc"));
  EXPECT_TRUE(glob_matches("a*b*c", "abbcbc"));
  EXPECT_FALSE(glob_matches("a*b*c", "abcd"));
  EXPECT_FALSE(glob_matches("", "a"));
  EXPECT_FALSE(glob_matches("a", ""));
  EXPECT_FALSE(glob_matches("*a*a*a*a*a*a*a*a*a*b", std::string(5000, 'a')));
}

TEST(MediaUrl, AreNarrowed) {
  EXPECT_EQ(parse_media_url("HTTPS://Example.COM./a?b#c")->origin(), "https://example.com:443");
  EXPECT_EQ(parse_media_url("http://[2606:4700:0:0::1]/")->host, "2606:4700::1");
  EXPECT_EQ(parse_media_url("http://1.example/")->host, "1.example");
  EXPECT_EQ(parse_media_url("http://0x.example/")->host, "0x.example");
  EXPECT_EQ(parse_media_url("ftp://example.com/").error().code, Code::fetch_refused);
  EXPECT_EQ(parse_media_url("http://user@example.com/").error().code, Code::fetch_refused);
  EXPECT_EQ(parse_media_url("nonsense").error().code, Code::invalid_request);
  EXPECT_EQ(parse_media_url("").error().code, Code::invalid_request);
  EXPECT_FALSE(parse_media_url("http://example.com/a b"));
  EXPECT_FALSE(parse_media_url("http://example.com/a\r\nX: y"));
}

// RFC 3986, section 5.4, as far as http goes.
TEST(MediaUrl, LocationsAreFollowed) {
  constexpr std::string_view base = "http://a.test/b/c/d;p?q";
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"g", "/b/c/g"},
      {"./g", "/b/c/g"},
      {"g/", "/b/c/g/"},
      {"/g", "/g"},
      {"?y", "/b/c/d;p?y"},
      {"g?y", "/b/c/g?y"},
      {"#s", "/b/c/d;p?q"},
      {"g#s", "/b/c/g"},
      {";x", "/b/c/;x"},
      {"", "/b/c/d;p?q"},
      {".", "/b/c/"},
      {"./", "/b/c/"},
      {"..", "/b/"},
      {"../", "/b/"},
      {"../g", "/b/g"},
      {"../..", "/"},
      {"../../", "/"},
      {"../../g", "/g"},
      {"../../../g", "/g"},
      {"/./g", "/g"},
      {"/../g", "/g"},
      {"g.", "/b/c/g."},
      {"g..", "/b/c/g.."},
      {"./../g", "/b/g"},
      {"./g/.", "/b/c/g/"},
      {"g/./h", "/b/c/g/h"},
      {"g/../h", "/b/c/h"},
      {"g?y/./x", "/b/c/g?y/./x"},
      {"g;x=1/../y", "/b/c/y"},
  };
  for (const auto& [location, target] : cases)
    EXPECT_EQ(followed(base, location), "http://a.test:80" + std::string(target)) << location;
  EXPECT_EQ(followed(base, "//g.test:81/x"), "http://g.test:81/x");
  EXPECT_EQ(followed("https://a.test/", "//g.test"), "https://g.test:443/");
  EXPECT_EQ(followed(base, "https://g.test/y?z"), "https://g.test:443/y?z");
  EXPECT_EQ(followed(base, "file:///etc/passwd"), "refused");
  EXPECT_EQ(followed(base, "//user@g.test/"), "refused");
}

}  // namespace
}  // namespace sensorium::net
