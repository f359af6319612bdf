// expect: ignoring return value of function declared with 'nodiscard'
// A Status is a Result too, also through a member function.
#include "base/call_context.h"

void long_loop(const sensorium::CallContext& ctx) {
#ifdef SN_MISTAKE
  ctx.check();
#else
  if (!ctx.check()) return;
#endif
}
