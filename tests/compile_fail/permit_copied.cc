// expect: call to implicitly-deleted copy constructor of 'sensorium::MemoryBudget::Permit'
// A memory permit that could be copied would be given back twice.
#include "exec/memory_budget.h"

sensorium::MemoryBudget::Permit pass_on(sensorium::MemoryBudget::Permit& permit) {
#ifdef SN_MISTAKE
  return permit;
#else
  return std::move(permit);
#endif
}
