#include <gtest/gtest.h>

#include "media/format.h"

namespace sensorium::media {
namespace {

TEST(CLASSFormat, is_known_by_its_content) {
  const FormatDef* format = sniff("NAME\x02\0\0\0\x03\0\0\0");
  ASSERT_NE(format, nullptr);
  EXPECT_EQ(format->name, "NAME");
}

TEST(CLASSFormat, is_not_anything_else) {
  const FormatDef* format = sniff("an ordinary sentence");
  EXPECT_TRUE(format == nullptr || format->name != "NAME");
}

}  // namespace
}  // namespace sensorium::media
