// expect: no viable conversion from .* to 'int'
// SN_TRY gives the value, not something that converts to anything.
#include <string>

#include "base/result.h"

sensorium::Result<std::string> read_name();

sensorium::Status greet() {
#ifdef SN_MISTAKE
  int name = SN_TRY(read_name());
  (void)name;
#else
  std::string name = SN_TRY(read_name());
  (void)name;
#endif
  return {};
}
