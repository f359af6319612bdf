// expect: ignoring return value of function declared with 'nodiscard'
// A Result that nobody looks at hides an error.
#include "base/result.h"

sensorium::Result<int> parse_port();

void start() {
#ifdef SN_MISTAKE
  parse_port();
#else
  if (auto port = parse_port(); !port) return;
#endif
}
