// Which proxy the environment asks for.
#include "net/proxy.h"

#include <gtest/gtest.h>

#include <map>

namespace sensorium::net {
namespace {

Result<std::optional<Proxy>> choose(std::string_view target, std::map<std::string, std::string> variables) {
  return choose_proxy(*parse_url(target), [&](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

TEST(Proxy, ByScheme) {
  EXPECT_EQ((*choose("https://a.example/", {{"HTTPS_PROXY", "http://proxy.example:3128"}}))->url.port,
            "3128");
  EXPECT_FALSE(*choose("http://a.example/", {{"HTTPS_PROXY", "http://proxy.example:3128"}}));
  EXPECT_EQ((*choose("http://a.example/", {{"http_proxy", "proxy.example:80"}}))->url.host, "proxy.example");
  EXPECT_TRUE(*choose("https://a.example/", {{"ALL_PROXY", "http://p.example"}}));
}

TEST(Proxy, NeverForLoopbackAndExcludedNames) {
  const std::map<std::string, std::string> all{{"HTTPS_PROXY", "http://p:1"},
                                               {"HTTP_PROXY", "http://p:1"},
                                               {"NO_PROXY", "a.example, .b.example,*.c.example"}};
  for (std::string_view direct :
       {"http://127.0.0.1:1/", "http://localhost/", "http://[::1]:5/", "https://a.example/",
        "https://x.a.example/", "https://x.b.example/", "https://x.c.example/"})
    EXPECT_FALSE(*choose(direct, all)) << direct;
  EXPECT_TRUE(*choose("https://nota.example/", all));
  EXPECT_FALSE(*choose("https://z.example/", {{"HTTPS_PROXY", "http://p:1"}, {"no_proxy", "*"}}));
}

TEST(Proxy, CredentialsBecomeAHeader) {
  const auto proxy = choose("http://a.example/", {{"HTTP_PROXY", "http://user:pass@p.example:8080"}});
  EXPECT_EQ((*proxy)->authorization, "Basic dXNlcjpwYXNz");
  EXPECT_EQ((*proxy)->url.host, "p.example");
}

TEST(Proxy, RubbishIsAnError) {
  EXPECT_EQ(choose("http://a.example/", {{"HTTP_PROXY", "ftp://p"}}).error().code, Code::misconfigured);
  EXPECT_FALSE(choose("http://a.example/", {{"HTTP_PROXY", "http://"}}));
}

}  // namespace
}  // namespace sensorium::net
