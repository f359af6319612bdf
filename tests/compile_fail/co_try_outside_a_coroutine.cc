// expect: this function cannot be a coroutine
// SN_CO_TRY makes its function a coroutine, and a Result is none.
#include "base/result.h"
#include "exec/task.h"

sensorium::Result<int> parse_port();

sensorium::Result<int> next_port() {
#ifdef SN_MISTAKE
  const int port = SN_CO_TRY(parse_port());
#else
  const int port = SN_TRY(parse_port());
#endif
  return port + 1;
}
