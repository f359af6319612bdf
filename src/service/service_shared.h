// What all shards of a process share; private to service*.cc.
#pragma once

#include "engine/local/runtime.h"
#include "exec/cpu_pool.h"
#include "exec/memory_budget.h"
#include "media/prepare.h"
#include "net/address_policy.h"
#include "net/tape.h"
#include "service/choice.h"
#include "service/engine_chain.h"
#include "service/service.h"
#include "service/stores.h"

namespace sensorium::service {

struct Service::Shared {
  Config config;
  Providers providers;
  Metrics metrics;
  EngineChain chain;
  std::optional<ModelTable> own_models;  ///< [models] table
  const ModelTable& models;
  MemoryBudget memory;
  media::PictureLimits limits;
  CpuPool pool;
  local::Runtime runtime;
  local::Shelf shelf;
  Stores stores;
  net::AddressPolicy addresses;
  std::shared_ptr<net::Tape> tape;  ///< engine traffic is recorded or replayed; else null

  Shared(Config given, Providers known, std::optional<ModelTable> own_table, ModelPaths paths);
  ChoiceSources choice() { return {config, providers, models, shelf}; }
};

}  // namespace sensorium::service
