// MemoryBudget: one budget in bytes that media work draws from before it allocates pixels.
// Surprising: it never waits; a permit that does not fit is `overloaded`, because queueing decoders
// behind memory is how services die. A single permit may always use the whole budget.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/result.h"

namespace sensorium {

/// Thread-safe, lock-free.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::int64_t bytes) : limit_(bytes) {}

  class Permit {
   public:
    Permit() = default;
    Permit(MemoryBudget* budget, std::int64_t bytes) : budget_(budget), bytes_(bytes) {}
    Permit(Permit&& other) noexcept : budget_(std::exchange(other.budget_, nullptr)), bytes_(other.bytes_) {}
    Permit& operator=(Permit&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Permit() {
      if (budget_) budget_->used_.fetch_sub(bytes_);
    }

   private:
    MemoryBudget* budget_ = nullptr;
    std::int64_t bytes_ = 0;
  };

  Result<Permit> take(std::int64_t bytes);
  std::int64_t used() const noexcept { return used_.load(); }

 private:
  std::int64_t limit_;
  std::atomic<std::int64_t> used_{0};
};

}  // namespace sensorium
