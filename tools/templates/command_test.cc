#include <gtest/gtest.h>

#include "cli/command.h"

namespace sensorium::cli {
namespace {

TEST(CLASSCommand, is_listed_with_an_example) {
  const CommandDef* command = find_command("NAME");
  ASSERT_NE(command, nullptr);
  EXPECT_FALSE(command->summary.empty());
  EXPECT_FALSE(command->examples.empty());
}

}  // namespace
}  // namespace sensorium::cli
