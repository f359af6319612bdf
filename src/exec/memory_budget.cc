// MemoryBudget: add, look, take back if it was too much.
#include "exec/memory_budget.h"

namespace sensorium {

Result<MemoryBudget::Permit> MemoryBudget::take(std::int64_t bytes) {
  const std::int64_t before = used_.fetch_add(bytes);
  if (before != 0 && before + bytes > limit_) {
    used_.fetch_sub(bytes);
    return Error(Code::overloaded, "Not enough memory is free to decode this picture now",
                 "Try again in a second, or raise [media] max_decode_memory_mb")
        .after(std::chrono::milliseconds(1000));
  }
  return Permit(this, bytes);
}

}  // namespace sensorium
