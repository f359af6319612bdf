#include <gtest/gtest.h>

#include "engine/registry.h"

namespace sensorium {
namespace {

TEST(CLASSEngine, is_in_the_registry) {
  const EngineDef* def = find_engine("NAME");
  ASSERT_NE(def, nullptr);
  EXPECT_EQ(def->name, "NAME");
}

}  // namespace
}  // namespace sensorium
