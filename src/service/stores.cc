// The stores of a process and the order in which they need each other.
#include "service/stores.h"

#include <algorithm>
#include <optional>

#include "flow/budget_engine.h"
#include "flow/cached_engine.h"
#include "service/config.h"
#include "service/metrics.h"
#include "store/sqlite_cache.h"

namespace sensorium::service {
namespace {

constexpr std::string_view database_name = "/sensorium.db", off = "off", sqlite = "sqlite";
constexpr std::int64_t most_in_memory = 32LL << 20;

store::AnswerCacheSettings cache_settings(const CacheConfig& config) {
  store::AnswerCacheSettings settings;
  settings.ttl = config.ttl;
  settings.memory_bytes = std::min(config.max_size.bytes(), most_in_memory);
  return settings;
}

/// The key's own limit, else that of [limits]; callers without a key have none.
std::optional<double> daily_limit(const Config& config, std::string_view caller) {
  if (caller.empty()) return std::nullopt;
  const auto key = config.keys.find(std::string(caller));
  if (key != config.keys.end() && key->second.limits.max_cost_usd_per_day)
    return key->second.limits.max_cost_usd_per_day;
  return config.limits.per_key.max_cost_usd_per_day;
}

}  // namespace

struct Stores::Impl {
  Impl(const Config& config, Metrics& metrics)
      : storage(config.server.state_dir + std::string(database_name),
                std::string(store::sqlite_cache_schema) + store::ledger_schema),
        ledger(config.server.state_dir.empty() ? nullptr : &storage),
        budgets{ledger, [&config](std::string_view caller) { return daily_limit(config, caller); }} {
    const auto count = [&metrics](std::string_view tier, std::string_view result) {
      metrics.count("sensorium_cache_requests_total", {{"tier", tier}, {"result", result}});
    };
    if (config.cache.prepared.count > 0)
      prepared.emplace(config.cache.prepared.bytes(),
                       [count](std::string_view result) { count("prepared", result); });
    // A recording must hold every call, and a replay must come from it.
    if (config.cache.backend == off || !config.models.record.empty() || !config.models.replay.empty()) return;
    std::unique_ptr<store::CacheTier> tier;
    if (config.cache.backend == sqlite && !config.server.state_dir.empty())
      tier = store::make_sqlite_cache(storage, config.cache.max_size.bytes());
    cache.emplace(cache_settings(config.cache), std::move(tier));
    sharing.emplace(flow::AnswerSharing{*cache, flights, count});
  }

  // What is queued refers to the ledger.
  ~Impl() { storage.flush(); }

  store::Storage storage;
  store::Ledger ledger;
  flow::BudgetSharing budgets;
  flow::Flights flights;
  std::optional<media::PreparedCache> prepared;
  std::optional<store::AnswerCache> cache;  ///< nothing when [cache] is off
  std::optional<flow::AnswerSharing> sharing;
};

Stores::Stores(const Config& config, Metrics& metrics) : impl_(std::make_unique<Impl>(config, metrics)) {}
Stores::~Stores() = default;

std::unique_ptr<ChatEngine> Stores::wrap(const std::string& provider, std::string identity,
                                         std::unique_ptr<ChatEngine> engine) {
  engine = std::make_unique<flow::BudgetEngine>(std::move(engine), provider, impl_->budgets);
  if (!impl_->sharing) return engine;
  return std::make_unique<flow::CachedEngine>(std::move(engine), std::move(identity), *impl_->sharing);
}

media::PreparedCache* Stores::prepared() noexcept { return impl_->prepared ? &*impl_->prepared : nullptr; }
store::Ledger& Stores::ledger() noexcept { return impl_->ledger; }

}  // namespace sensorium::service
