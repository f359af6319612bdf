// AnswerCache: finished answers by a digest of what was asked: in memory first, then in a slower tier (a
// SQLite file, or Redis) that outlives the process. Bytes only: what an answer is, flow/ knows.
// Surprising: keys of the file are kept in memory, so that a question never asked before costs no look at
// the disk; a write goes to the tier after the reply, in a batch.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "exec/task.h"

namespace sensorium::store {

/// A SHA-256.
struct CacheKey {
  std::array<unsigned char, 32> bytes{};
  bool operator==(const CacheKey&) const = default;
  std::string_view view() const noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  /// The first eight bytes: as good as random.
  std::uint64_t head() const noexcept;
};
struct CacheKeyHash {
  std::size_t operator()(const CacheKey& key) const noexcept { return key.head(); }
};

using CacheBytes = std::shared_ptr<const std::string>;
using WallClock = std::chrono::system_clock;

/// Answers in memory: striped, least recently used go first. Thread-safe, under a microsecond.
class MemoryCache {
 public:
  explicit MemoryCache(std::int64_t max_bytes);
  /// null when absent or expired. `wants_touch` becomes true when the tier should learn of the use: at most
  /// once a minute for a key.
  CacheBytes find(const CacheKey& key, WallClock::time_point now, bool& wants_touch);
  void put(const CacheKey& key, CacheBytes value, WallClock::time_point expires);
  void erase(const CacheKey& key);
  std::int64_t bytes() const;

 private:
  struct Entry {
    CacheKey key;
    CacheBytes value;
    WallClock::time_point expires, touched;
  };
  struct Stripe {
    mutable std::mutex mutex;
    std::list<Entry> order;  ///< the most recently used first
    std::unordered_map<CacheKey, std::list<Entry>::iterator, CacheKeyHash> index;
    std::int64_t bytes = 0;
  };
  static constexpr std::size_t stripe_count = 16;
  Stripe& stripe(const CacheKey& key) noexcept { return stripes_[key.head() % stripe_count]; }
  void drop(Stripe& stripe, std::list<Entry>::iterator entry);
  std::array<Stripe, stripe_count> stripes_;
  std::int64_t stripe_limit_;
};

/// A tier behind memory. Thread-safe.
class CacheTier {
 public:
  struct Found {
    std::string value;
    WallClock::time_point expires;
  };
  virtual ~CacheTier() = default;
  virtual std::string_view name() const noexcept = 0;  ///< "sqlite", "redis"
  /// False: certainly not there. No I/O.
  virtual bool may_hold(const CacheKey& key) const noexcept = 0;
  /// Nothing also when the tier is away: that is warned about, never an error. On a shard.
  virtual Task<std::optional<Found>> find(const CallContext& ctx, const CacheKey& key) = 0;
  /// Returns at once. From any thread, where `find` may be called from only.
  virtual void put(const CacheKey& key, const CacheBytes& value, WallClock::time_point expires) = 0;
  virtual void touch(const CacheKey& key) = 0;
};

struct AnswerCacheSettings {
  Milliseconds ttl{3'600'000};
  std::int64_t memory_bytes = 16LL << 20;
  std::size_t largest_value = 1UL << 20;  ///< bytes; larger answers are not kept
};

/// What a look-up found, and where, for metrics.
struct CacheFound {
  CacheBytes value;  ///< null: a miss
  std::string_view tier = "memory";
};

/// Thread-safe. `tier` may be null: memory only.
class AnswerCache {
 public:
  AnswerCache(AnswerCacheSettings settings, std::unique_ptr<CacheTier> tier);
  /// Memory only: never waits. null when absent.
  CacheBytes find_now(const CacheKey& key);
  /// Whether find() is worth its wait after find_now() gave nothing.
  bool worth_looking(const CacheKey& key) const noexcept { return tier_ && tier_->may_hold(key); }
  Task<CacheFound> find(const CallContext& ctx, const CacheKey& key);
  void put(const CacheKey& key, std::string value);
  const CacheTier* tier() const noexcept { return tier_.get(); }

 private:
  AnswerCacheSettings settings_;
  MemoryCache memory_;
  std::unique_ptr<CacheTier> tier_;
};

}  // namespace sensorium::store
