// Providers: who can be asked on this machine: presets and configured engines, with their keys.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/registry.h"
#include "service/config.h"

namespace sensorium::service {

/// One provider as it is in force.
struct Provider {
  EngineSettings settings;
  const EngineDef* engine = nullptr;
  const ProviderPreset* preset = nullptr;  ///< null for a provider that only the configuration knows
  int retries = 2;
  bool wants_key = false;     ///< its preset names a key variable
  bool configured = false;    ///< named in the configuration file
  std::string default_model;  ///< what `auto` asks; "" when it must be named
  bool remote() const noexcept;
  /// Can be asked without further setup.
  bool usable() const noexcept { return !wants_key || !settings.api_key.empty(); }
};

/// By name, in the order of the presets, then of the configuration.
class Providers {
 public:
  /// Blocking (key files). Errors: misconfigured.
  static Result<Providers> load(const Config& config, const EnvironmentLookup& environment);
  const Provider* find(std::string_view name) const noexcept;
  const std::vector<Provider>& all() const noexcept { return list_; }

 private:
  std::vector<Provider> list_;
};

}  // namespace sensorium::service
