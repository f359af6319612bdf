// Routes found, missed and mistyped.
#include "server/router.h"

#include <gtest/gtest.h>

#include <set>

namespace sensorium::server {
namespace {

TEST(Router, FindsEveryEndpointByItsOwnRow) {
  for (const EndpointDef* endpoint : endpoints()) {
    std::string path(endpoint->path);
    if (const auto brace = path.find('{'); brace != std::string::npos) path = path.substr(0, brace) + "x";
    const auto route = find_route(endpoint->method, path);
    ASSERT_TRUE(route) << endpoint->path;
    EXPECT_EQ(route->endpoint, endpoint);
    EXPECT_NE(endpoint->handle, nullptr);
  }
}

TEST(Router, OperationsAreDistinct) {
  std::set<std::string_view> names;
  for (const EndpointDef* endpoint : endpoints()) EXPECT_TRUE(names.insert(endpoint->operation).second);
}

TEST(Router, BracesTakeSlashesAndEscapes) {
  const auto route = find_route("GET", "/v1/models/openai/gpt%2D5%zz");
  ASSERT_TRUE(route);
  EXPECT_EQ(route->parameter, "openai/gpt-5%zz");
}

TEST(Router, HeadIsAGet) {
  EXPECT_TRUE(find_route("HEAD", "/health"));
  EXPECT_FALSE(find_route("HEAD", "/v1/analyze/image"));
}

TEST(Router, UnknownPathsAreNotFoundWithAGuess) {
  for (const std::string path :
       {"/v2/nothing", "/v1/analyze/image/more", "/v1/models/", "", "//", "/health/"}) {
    const auto route = find_route("GET", path);
    ASSERT_FALSE(route) << path;
    EXPECT_EQ(route.error().error.code, Code::not_found);
    EXPECT_EQ(route.error().allow, "");
  }
  EXPECT_EQ(find_route("GET", "/helth").error().error.hint, "Did you mean /health?");
}

TEST(Router, WrongMethodsTellTheRightOnes) {
  const auto post = find_route("GET", "/v1/analyze/image");
  ASSERT_FALSE(post);
  EXPECT_EQ(post.error().error.code, Code::method_not_allowed);
  EXPECT_EQ(post.error().allow, "POST");
  EXPECT_EQ(find_route("DELETE", "/metrics").error().allow, "GET, HEAD");
  EXPECT_EQ(find_route("get", "/metrics").error().error.code, Code::method_not_allowed);
}

TEST(Router, QueriesAreSearchedByName) {
  EXPECT_TRUE(has_query("verbose", "verbose"));
  EXPECT_TRUE(has_query("a=1&verbose=yes&b", "verbose"));
  EXPECT_FALSE(has_query("verbosely=1&x=verbose", "verbose"));
  EXPECT_FALSE(has_query("", "verbose"));
}

}  // namespace
}  // namespace sensorium::server
