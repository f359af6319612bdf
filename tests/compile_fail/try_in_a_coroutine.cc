// expect: return statement not allowed in coroutine
// SN_TRY returns; a coroutine must co_return: SN_CO_TRY.
#include "exec/task.h"

sensorium::Task<int> measure();

sensorium::Task<int> twice() {
#ifdef SN_MISTAKE
  const int one = SN_TRY(co_await measure());
#else
  const int one = SN_CO_TRY(co_await measure());
#endif
  co_return 2 * one;
}
