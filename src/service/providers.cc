// Providers: presets first, then what the configuration adds or changes.
#include "service/providers.h"

#include <algorithm>

#include "net/proxy.h"

namespace sensorium::service {
namespace {

constexpr std::string_view default_engine = "openai";
/// Recordings hold no keys, so that one is never looked at.
constexpr std::string_view played_key = "replayed";

void apply(EngineSettings& settings, const EngineConfig& config) {
  if (!config.base_url.empty()) settings.base_url = config.base_url;
  if (!config.api_key.empty()) settings.api_key = config.api_key;
  if (config.connect) settings.connect = *config.connect;
  if (config.first_token) settings.first_token = *config.first_token;
  if (config.idle) settings.idle = *config.idle;
  settings.min_pixels = config.min_pixels;
  settings.max_pixels = config.max_pixels;
  settings.high_resolution = config.high_resolution;
}

Result<Provider> from_preset(const ProviderPreset& preset, const EnvironmentLookup& environment) {
  Provider provider;
  provider.preset = &preset;
  provider.engine = find_engine(preset.engine);
  provider.settings.name = preset.name;
  provider.settings.base_url = preset.base_url;
  provider.settings.first_token = preset.first_token();
  provider.default_model = preset.default_model;
  provider.wants_key = !preset.key_variable.empty();
  if (provider.wants_key && environment)
    provider.settings.api_key =
        SN_TRY(secret_from_environment(environment, preset.key_variable)).value_or("");
  return provider;
}

}  // namespace

bool Provider::remote() const noexcept {
  if (!engine || !engine->by_url) return false;
  if (preset && has(preset->traits, Trait::local)) return false;
  const auto url = net::parse_url(settings.base_url);
  return !url || (url->scheme != "unix" && !net::is_loopback(url->host));
}

Result<Providers> Providers::load(const Config& config, const EnvironmentLookup& environment) {
  Providers providers;
  for (const auto& preset : provider_presets())
    providers.list_.push_back(SN_TRY(from_preset(preset, environment)));
  for (const auto& [name, engine] : config.engines) {
    auto found = std::ranges::find(providers.list_, name,
                                   [](const Provider& p) { return std::string_view(p.settings.name); });
    if (found == providers.list_.end()) {
      Provider added;
      added.settings.name = name;
      added.engine = find_engine(engine.type.empty() ? default_engine : engine.type);
      if (!added.engine)
        return Error(Code::misconfigured, "[engines." + name + "] has the unknown type `" + engine.type + "`",
                     "Use type = \"openai\" with a base_url for any compatible server");
      found = providers.list_.insert(providers.list_.end(), std::move(added));
    }
    apply(found->settings, engine);
    found->retries = static_cast<int>(engine.retries);
    found->configured = true;
  }
  if (!config.models.replay.empty())
    for (Provider& provider : providers.list_)
      if (provider.settings.api_key.empty()) provider.settings.api_key = played_key;
  return providers;
}

const Provider* Providers::find(std::string_view name) const noexcept {
  const auto found =
      std::ranges::find(list_, name, [](const Provider& p) { return std::string_view(p.settings.name); });
  return found == list_.end() ? nullptr : &*found;
}

}  // namespace sensorium::service
