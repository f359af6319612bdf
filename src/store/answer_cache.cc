// The ladder: memory, then the tier; what the tier had climbs back into memory.
#include "store/answer_cache.h"

#include <cstring>

namespace sensorium::store {
namespace {

constexpr std::int64_t entry_overhead = 256;  // bytes of list, index and control block, about
constexpr std::chrono::minutes touch_every{1};

std::int64_t cost(const CacheBytes& value) noexcept {
  return static_cast<std::int64_t>(value->size()) + entry_overhead;
}

}  // namespace

std::uint64_t CacheKey::head() const noexcept {
  std::uint64_t value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

MemoryCache::MemoryCache(std::int64_t max_bytes)
    : stripe_limit_(max_bytes / static_cast<std::int64_t>(stripe_count)) {}

CacheBytes MemoryCache::find(const CacheKey& key, WallClock::time_point now, bool& wants_touch) {
  Stripe& s = stripe(key);
  const std::scoped_lock lock(s.mutex);
  const auto found = s.index.find(key);
  if (found == s.index.end()) return nullptr;
  const auto entry = found->second;
  if (entry->expires <= now) {
    drop(s, entry);
    return nullptr;
  }
  wants_touch = now - entry->touched >= touch_every;
  if (wants_touch) entry->touched = now;
  s.order.splice(s.order.begin(), s.order, entry);
  return entry->value;
}

void MemoryCache::put(const CacheKey& key, CacheBytes value, WallClock::time_point expires) {
  const std::int64_t size = cost(value);
  Stripe& s = stripe(key);
  const std::scoped_lock lock(s.mutex);
  if (const auto found = s.index.find(key); found != s.index.end()) drop(s, found->second);
  if (size > stripe_limit_) return;
  while (s.bytes + size > stripe_limit_) drop(s, std::prev(s.order.end()));
  s.order.push_front({key, std::move(value), expires, WallClock::now()});
  s.index.emplace(key, s.order.begin());
  s.bytes += size;
}

void MemoryCache::erase(const CacheKey& key) {
  Stripe& s = stripe(key);
  const std::scoped_lock lock(s.mutex);
  if (const auto found = s.index.find(key); found != s.index.end()) drop(s, found->second);
}

void MemoryCache::drop(Stripe& s, std::list<Entry>::iterator entry) {
  s.bytes -= cost(entry->value);
  s.index.erase(entry->key);
  s.order.erase(entry);
}

std::int64_t MemoryCache::bytes() const {
  std::int64_t sum = 0;
  for (const Stripe& s : stripes_) {
    const std::scoped_lock lock(s.mutex);
    sum += s.bytes;
  }
  return sum;
}

AnswerCache::AnswerCache(AnswerCacheSettings settings, std::unique_ptr<CacheTier> tier)
    : settings_(settings), memory_(settings.memory_bytes), tier_(std::move(tier)) {}

CacheBytes AnswerCache::find_now(const CacheKey& key) {
  bool wants_touch = false;
  CacheBytes found = memory_.find(key, WallClock::now(), wants_touch);
  if (wants_touch && tier_) tier_->touch(key);
  return found;
}

Task<CacheFound> AnswerCache::find(const CallContext& ctx, const CacheKey& key) {
  auto found = SN_CO_TRY(co_await tier_->find(ctx, key));
  if (!found || found->expires <= WallClock::now()) co_return CacheFound{nullptr, tier_->name()};
  auto value = std::make_shared<const std::string>(std::move(found->value));
  memory_.put(key, value, found->expires);
  co_return CacheFound{std::move(value), tier_->name()};
}

void AnswerCache::put(const CacheKey& key, std::string value) {
  if (value.size() > settings_.largest_value) return memory_.erase(key);
  auto shared = std::make_shared<const std::string>(std::move(value));
  const auto expires = WallClock::now() + settings_.ttl;
  memory_.put(key, shared, expires);
  if (tier_) tier_->put(key, shared, expires);
}

}  // namespace sensorium::store
