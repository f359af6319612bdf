// expect: no viable conversion from returned value of type 'detail::ErrorBox' to function return type 'int'
// SN_TRY returns the error, so the function around it must be able to.
#include "base/result.h"

sensorium::Result<int> parse_port();

#ifdef SN_MISTAKE
int port() { return SN_TRY(parse_port()); }
#else
sensorium::Result<int> port() { return SN_TRY(parse_port()); }
#endif
