// expect: ignoring return value of function declared with 'nodiscard'
// A Task does nothing until it is awaited: calling it and walking on is never meant.
#include "exec/task.h"

sensorium::Task<> save();

sensorium::Task<> finish() {
#ifdef SN_MISTAKE
  save();
#else
  SN_CO_TRY(co_await save());
#endif
  co_return sensorium::Status{};
}
