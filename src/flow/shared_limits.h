// SharedLimits: limits that many processes count together.
// Surprising: decisions come by callback, on a thread of the store: a gate must not lose a grant when the
// request that asked for it has left.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>

#include "flow/gcra.h"

namespace sensorium::flow {

/// What a gate counts besides requests at the same time.
enum class Unit : std::uint8_t { requests, tokens, megapixels, audio_seconds };
inline constexpr std::size_t unit_count = 4;
using Units = std::array<double, unit_count>;
constexpr double& of(Units& units, Unit unit) noexcept { return units[static_cast<std::size_t>(unit)]; }
constexpr double of(const Units& units, Unit unit) noexcept { return units[static_cast<std::size_t>(unit)]; }

struct GateLimits {
  std::array<std::optional<Rate>, unit_count> rates;
  std::int64_t concurrency = 0;  ///< 0: no limit
  bool any() const noexcept;
};

struct Decision {
  bool granted = false;
  Nanoseconds wait{};  ///< when to ask again
};

/// Thread-safe.
class SharedLimits {
 public:
  virtual ~SharedLimits() = default;
  /// False while the others cannot be reached.
  virtual bool available() const noexcept = 0;
  using Decided = std::move_only_function<void(Result<Decision>)>;
  /// Takes `units` and, where there is a limit, a place named `lease` for at most `hold`.
  virtual void take(const std::string& gate, const GateLimits& limits, const Units& units, std::string lease,
                    Milliseconds hold, Decided done) = 0;
  /// Corrects what was taken by `more` (negative: less was used) and gives the place back.
  virtual void settle(const std::string& gate, const GateLimits& limits, const Units& more,
                      std::string lease) = 0;
  virtual void block(const std::string& gate, Unit unit, Milliseconds time) = 0;
};

}  // namespace sensorium::flow
