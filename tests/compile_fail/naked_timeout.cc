// expect: no viable conversion from 'int' to 'Milliseconds'
// 500 of what? Times carry their unit.
#include "base/call_context.h"

sensorium::CallContext shorter(const sensorium::CallContext& ctx) {
#ifdef SN_MISTAKE
  return ctx.with_timeout(500);
#else
  return ctx.with_timeout(sensorium::Milliseconds(500));
#endif
}
