#include "engine/local/output_tail.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace sensorium::local {
namespace {

TEST(OutputTail, KeepsTheEndAndStaysBounded) {
  OutputTail tail(100);
  for (int i = 0; i < 1000; ++i) tail.append("0123456789");
  EXPECT_LE(tail.text().size(), 200U);
  EXPECT_GE(tail.text().size(), 100U);
  tail.append(std::string(5000, 'x') + "end");
  EXPECT_TRUE(tail.text().ends_with("xend"));
  EXPECT_LE(tail.text().size(), 200U);
}

TEST(OutputTail, LastLinesSkipEmptyOnesAndKeepTheirOrder) {
  OutputTail tail;
  tail.append("one\n\n  two  \r\nthree\n\n");
  EXPECT_EQ(tail.last_lines(2), "two | three");
  EXPECT_EQ(tail.last_lines(9), "one | two | three");
  EXPECT_EQ(OutputTail().last_lines(3), "");
}

TEST(OutputTail, ComplaintsAreFoundAmongTheTalk) {
  OutputTail tail;
  tail.append("loading\nERROR: no such tensor\nload failed\ncleaning up\nbye\n");
  EXPECT_EQ(tail.complaints(), "ERROR: no such tensor | load failed");
  tail.append("error 3\nerror 4\nerror 5\n");
  EXPECT_EQ(tail.complaints(), "ERROR: no such tensor | load failed | error 5");
  tail.clear();
  tail.append("all is well\n");
  EXPECT_EQ(tail.complaints(), "");
}

TEST(OutputTail, LinesAreValidTextOfBoundedLength) {
  OutputTail tail;
  tail.append("bad \xff\xfe bytes " + std::string(10'000, 'y'));
  const auto lines = tail.last_lines(3);
  EXPECT_TRUE(text::valid_utf8(lines));
  EXPECT_LT(lines.size(), 700U);
}

}  // namespace
}  // namespace sensorium::local
