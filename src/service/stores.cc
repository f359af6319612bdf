// The stores of a process and the order in which they need each other.
#include "service/stores.h"

#include <algorithm>
#include <optional>

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

}  // namespace

struct Stores::Impl {
  Impl(const Config& config, Metrics& metrics)
      : storage(config.server.state_dir + std::string(database_name), store::sqlite_cache_schema) {
    if (config.cache.backend == off) return;
    std::unique_ptr<store::CacheTier> tier;
    if (config.cache.backend == sqlite && !config.server.state_dir.empty())
      tier = store::make_sqlite_cache(storage, config.cache.max_size.bytes());
    cache.emplace(cache_settings(config.cache), std::move(tier));
    sharing.emplace(flow::AnswerSharing{
        *cache, flights, [&metrics](std::string_view tier_name, std::string_view result) {
          metrics.count("sensorium_cache_requests_total", {{"tier", tier_name}, {"result", result}});
        }});
  }

  store::Storage storage;
  flow::Flights flights;
  std::optional<store::AnswerCache> cache;  ///< nothing when [cache] is off
  std::optional<flow::AnswerSharing> sharing;
};

Stores::Stores(const Config& config, Metrics& metrics) : impl_(std::make_unique<Impl>(config, metrics)) {}
Stores::~Stores() = default;

std::unique_ptr<ChatEngine> Stores::wrap(std::string identity, std::unique_ptr<ChatEngine> engine) {
  if (!impl_->sharing) return engine;
  return std::make_unique<flow::CachedEngine>(std::move(engine), std::move(identity), *impl_->sharing);
}

}  // namespace sensorium::service
