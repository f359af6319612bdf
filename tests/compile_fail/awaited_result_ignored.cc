// expect: ignoring return value of function declared with 'nodiscard'
// Awaiting is not looking: the Result of a Task must be used as well.
#include "exec/task.h"

sensorium::Task<> save();

sensorium::Task<> finish() {
#ifdef SN_MISTAKE
  co_await save();
#else
  SN_CO_TRY(co_await save());
#endif
  co_return sensorium::Status{};
}
