// expect: call to deleted constructor of 'const sensorium::CpuPool'
// There is one pool of threads, and it is borrowed by reference.
#include "exec/cpu_pool.h"

std::size_t backlog(sensorium::CpuPool& pool) {
#ifdef SN_MISTAKE
  const sensorium::CpuPool mine = pool;
#else
  const sensorium::CpuPool& mine = pool;
#endif
  return mine.waiting();
}
