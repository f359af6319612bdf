#include <gtest/gtest.h>

#include "server/router.h"

namespace sensorium::server {
namespace {

TEST(CLASSEndpoint, has_a_route) {
  const auto route = find_route("GET", "/v1/NAME");
  ASSERT_TRUE(route.has_value());
  EXPECT_EQ(route->endpoint->operation, "NAME");
}

TEST(CLASSEndpoint, says_which_methods_it_has) {
  const auto route = find_route("DELETE", "/v1/NAME");
  ASSERT_FALSE(route.has_value());
  EXPECT_EQ(route.error().error.code, Code::method_not_allowed);
}

}  // namespace
}  // namespace sensorium::server
