// Gateway: what stands between a connection and an endpoint on one shard: request ids, keys, routes,
// error replies, metrics, the log line.
#pragma once

#include <atomic>
#include <functional>
#include <set>
#include <string>

#include "exec/cpu_pool.h"
#include "server/access.h"
#include "server/idempotency.h"
#include "service/service.h"

namespace sensorium::server {

/// What the gateways of all shards share. Thread-safe.
class GatewayShared {
 public:
  explicit GatewayShared(service::Service& given);
  /// `model` where it is one that we know, else "other": names of models are user text.
  std::string_view model_label(std::string_view model) const noexcept;

  service::Service& service;
  const AccessRule access;
  const std::string spool_dir;
  std::function<std::size_t()> in_flight = [] { return std::size_t{0}; };  ///< set before serving
  Idempotency idempotency;
  std::atomic<bool> draining = false;
  CpuPool files;  ///< for what may block: the spool, the list of models

 private:
  std::set<std::string, std::less<>> known_models_;
};

/// One per shard.
class Gateway {
 public:
  Gateway(GatewayShared& shared, service::ServiceShard& shard) : shared_(shared), shard_(shard) {}
  /// A net::HttpHandler.
  Task<> handle(net::HttpExchange& exchange);

  GatewayShared& shared() noexcept { return shared_; }
  service::ServiceShard& shard() noexcept { return shard_; }

 private:
  GatewayShared& shared_;
  service::ServiceShard& shard_;
};

}  // namespace sensorium::server
