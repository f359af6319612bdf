// Ledger: what was spent: by day (UTC), key, provider and model; estimates beside real costs.
// Surprising: reserving and settling happen in memory and are exact at once; the file follows a moment
// later. What was spent today is read from the file before the first limit is judged.
#pragma once

#include <map>
#include <mutex>
#include <tuple>

#include "store/storage.h"

namespace sensorium::store {

extern const char* const ledger_schema;

/// One row, and what one call adds to it.
struct Spending {
  std::string day;  ///< "2026-11-24"; filled by Ledger::add
  std::string caller, provider, model;
  std::int64_t calls = 0, failed = 0,
               unpriced = 0;  ///< unpriced: the price is unknown, the cost not in the sum
  std::int64_t input_tokens = 0, image_tokens = 0, output_tokens = 0;
  double estimated_usd = 0, cost_usd = 0;

  /// Adds the numbers; day, caller and model stay.
  Spending& operator+=(const Spending& one);
};

/// Thread-safe.
class Ledger {
 public:
  /// `storage` may be null (nothing outlives the process); else it must outlive this.
  explicit Ledger(Storage* storage) : storage_(storage) {}

  /// Holds back money of a caller for one call; gives back what was not settled.
  class Reservation {
   public:
    Reservation() = default;
    Reservation(Reservation&& other) noexcept
        : ledger_(std::exchange(other.ledger_, nullptr)),
          caller_(std::move(other.caller_)),
          usd_(other.usd_) {}
    Reservation& operator=(Reservation&& other) noexcept {
      std::swap(ledger_, other.ledger_);
      std::swap(caller_, other.caller_);
      std::swap(usd_, other.usd_);
      return *this;
    }
    ~Reservation();

   private:
    friend class Ledger;
    Reservation(Ledger* ledger, std::string caller, double usd)
        : ledger_(ledger), caller_(std::move(caller)), usd_(usd) {}
    Ledger* ledger_ = nullptr;
    std::string caller_;
    double usd_ = 0;
  };

  /// Errors: budget_exhausted when `caller` would exceed `limit` USD today.
  Task<Reservation> reserve(const CallContext& ctx, const std::string& caller, double usd, double limit);
  void add(Spending spending);
  /// Rows of the days from `first` to `last` ("" for no bound), newest first, at most 10,000.
  Task<std::vector<Spending>> list(const CallContext& ctx, std::string first, std::string last);
  double spent_today(const std::string& caller);

 private:
  using Key = std::tuple<std::string, std::string, std::string, std::string>;
  struct Today {
    double spent = 0, reserved = 0;
  };
  Task<> read_today(const CallContext& ctx);
  Today& today(const std::string& caller);  ///< under the lock
  Status write(Database& db);

  Storage* const storage_;
  std::mutex mutex_;
  std::string day_;
  bool read_ = false;
  std::map<std::string, Today> callers_;  ///< of day_
  std::map<Key, Spending> pending_;       ///< not yet in the file
};

/// Today in UTC, "2026-11-24".
std::string today_utc();

}  // namespace sensorium::store
