// The order of the wrappers is that of wrap(): its last line is what a question meets first.
#include "service/engine_chain.h"

#include <map>
#include <mutex>

#include "base/sha256.h"
#include "flow/breaking_engine.h"
#include "flow/limited_engine.h"
#include "flow/paced_engine.h"
#include "flow/redis_limits.h"
#include "flow/retrying_engine.h"
#include "service/flow_metrics.h"

namespace sensorium::service {
namespace {

constexpr std::string_view in_memory = "memory";
// A caller gets its answer or is told when to come back; only jitter is smoothed out.
constexpr Milliseconds longest_caller_wait{1000};
constexpr std::size_t id_digits = 32;

/// What the shards share about one engine.
struct EngineState {
  EngineState(flow::RetryPolicy policy, flow::BreakerPolicy breaking, const std::string& name,
              std::unique_ptr<flow::Gate> limits, flow::FlowObserver* observer)
      : gate(std::move(limits)),
        breakers(name, breaking, observer),
        retry{.engine = name,
              .policy = policy,
              .budget = flow::RetryBudget(policy.retries),
              .observer = observer} {}
  std::unique_ptr<flow::Gate> gate;
  flow::BreakerSet breakers;
  flow::RetryShared retry;
};

flow::GateLimits engine_limits(const EngineConfig& config) {
  flow::GateLimits limits;
  if (config.rpm > 0)
    limits.rates[static_cast<std::size_t>(flow::Unit::requests)] = flow::strict_rate(config.rpm);
  if (config.tpm > 0)
    limits.rates[static_cast<std::size_t>(flow::Unit::tokens)] = flow::strict_rate(config.tpm);
  limits.concurrency = config.concurrency;
  return limits;
}

flow::GateLimits caller_limits(const CallerLimits& own, const CallerLimits& usual) {
  flow::GateLimits limits;
  const auto set = [&](flow::Unit unit, const std::optional<std::int64_t>& mine,
                       const std::optional<std::int64_t>& otherwise) {
    if (const auto limit = mine ? mine : otherwise; limit && *limit > 0)
      limits.rates[static_cast<std::size_t>(unit)] = flow::bucket_rate(*limit);
  };
  set(flow::Unit::requests, own.rpm, usual.rpm);
  set(flow::Unit::tokens, own.tpm, usual.tpm);
  set(flow::Unit::megapixels, own.megapixels_per_minute, usual.megapixels_per_minute);
  set(flow::Unit::audio_seconds, own.audio_seconds_per_minute, usual.audio_seconds_per_minute);
  limits.concurrency = (own.concurrency ? own.concurrency : usual.concurrency).value_or(0);
  return limits;
}

/// The same in every process that uses the same credential; tells nobody the key.
std::string credential_id(const EngineSettings& settings) {
  return sha256_hex(settings.name + '\n' + settings.base_url + '\n' + settings.api_key).substr(0, id_digits);
}

}  // namespace

struct EngineChain::Impl {
  Impl(const Config& given, Metrics& metrics) : config(given), observer(metrics) {
    if (config.limits.backend == in_memory || config.limits.backend.empty()) return;
    if (auto address = store::parse_redis_url(config.limits.backend)) {
      redis = std::make_unique<store::RedisClient>(std::move(*address));
      shared = std::make_unique<flow::RedisLimits>(*redis);
    }
  }
  // Its thread calls into the gates.
  ~Impl() { redis.reset(); }

  flow::GateOptions options(std::string name, std::string id) {
    flow::GateOptions out;
    out.name = std::move(name);
    out.id = std::move(id);
    out.shared = shared.get();
    out.observer = &observer;
    return out;
  }
  std::unique_ptr<EngineState> make_state(const std::string& name, const Provider* provider);
  EngineState& state(const std::string& name, const Provider* provider);
  flow::Pace pace_of(const std::string& name, const Provider& provider) const;

  const Config& config;
  FlowMetrics observer;
  std::unique_ptr<flow::SharedLimits> shared;
  std::mutex mutex;
  std::map<std::string, std::unique_ptr<EngineState>> engines;
  std::map<std::string, std::unique_ptr<flow::Gate>> callers;
  std::unique_ptr<store::RedisClient> redis;
};

std::unique_ptr<EngineState> EngineChain::Impl::make_state(const std::string& name,
                                                           const Provider* provider) {
  flow::RetryPolicy policy{.retries = provider ? provider->retries : 0};
  flow::BreakerPolicy breaking;
  std::unique_ptr<flow::Gate> gate;
  if (provider) {
    breaking.slow_after = provider->settings.first_token / 2;
    const auto found = config.engines.find(name);
    const flow::GateLimits limits =
        found == config.engines.end() ? flow::GateLimits{} : engine_limits(found->second);
    // Without limits of our own the provider's words about its limits still count.
    if (limits.any() || provider->remote())
      gate = std::make_unique<flow::Gate>(limits, options(name, credential_id(provider->settings)));
  }
  return std::make_unique<EngineState>(policy, breaking, name, std::move(gate), &observer);
}

EngineState& EngineChain::Impl::state(const std::string& name, const Provider* provider) {
  const std::scoped_lock lock(mutex);
  auto& state = engines[name];
  if (!state) state = make_state(name, provider);
  return *state;
}

flow::Pace EngineChain::Impl::pace_of(const std::string& name, const Provider& provider) const {
  const auto found = config.engines.find(name);
  return {.first_token = provider.settings.first_token,
          .tokens_per_s = found == config.engines.end() ? 0 : found->second.min_tokens_per_s};
}

EngineChain::EngineChain(const Config& config, Metrics& metrics)
    : impl_(std::make_unique<Impl>(config, metrics)) {}
EngineChain::~EngineChain() = default;

Status EngineChain::check(const Config& config) {
  const std::string& backend = config.limits.backend;
  if (backend.empty() || backend == in_memory) return {};
  auto address = store::parse_redis_url(backend);
  if (!address) return Error(std::move(address).error()).note("backend of [limits]");
  return {};
}

std::unique_ptr<ChatEngine> EngineChain::wrap(const std::string& name, const Provider* provider,
                                              std::unique_ptr<ChatEngine> engine) {
  EngineState& state = impl_->state(name, provider);
  if (provider)
    engine = std::make_unique<flow::PacedEngine>(std::move(engine), impl_->pace_of(name, *provider));
  if (state.gate) {
    const auto found = impl_->config.engines.find(name);
    const std::int64_t tpm = found == impl_->config.engines.end() ? 0 : found->second.tpm;
    engine = std::make_unique<flow::LimitedEngine>(std::move(engine), *state.gate, tpm);
  }
  engine = std::make_unique<flow::RetryingEngine>(std::move(engine), state.retry);
  if (provider) engine = std::make_unique<flow::BreakingEngine>(std::move(engine), state.breakers);
  return engine;
}

flow::Gate* EngineChain::gate_of(const std::string& caller) {
  const auto key = impl_->config.keys.find(caller);
  if (key == impl_->config.keys.end()) return nullptr;
  const flow::GateLimits limits = caller_limits(key->second.limits, impl_->config.limits.per_key);
  if (!limits.any()) return nullptr;
  const std::scoped_lock lock(impl_->mutex);
  auto& gate = impl_->callers[caller];
  if (!gate) {
    flow::GateOptions options = impl_->options("the key " + caller, "key:" + caller);
    options.longest_wait = longest_caller_wait;
    gate = std::make_unique<flow::Gate>(limits, std::move(options));
  }
  return gate.get();
}

bool EngineChain::degraded() const noexcept { return impl_->shared && !impl_->shared->available(); }

}  // namespace sensorium::service
