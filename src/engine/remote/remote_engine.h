// RemoteEngine: any provider reached by a URL: a dialect, an address, a key, and the provider's rows
// of the model table. The engines "openai" and "anthropic" are this with their dialect.
#pragma once

#include <memory>
#include <string_view>

#include "engine/registry.h"
#include "engine/remote/dialect.h"

namespace sensorium::upstream {

/// Where an engine's calls go, below its base_url.
struct Endpoint {
  const Dialect* dialect = nullptr;
  std::string_view path;     ///< "chat/completions"
  std::string_view version;  ///< "v1" where base_url is written without it; left out if it ends so
  std::string_view home;     ///< the preset whose rules hold for servers that nobody knows; "": none
};

/// Errors: misconfigured for an address that cannot be used.
Result<std::unique_ptr<ChatEngine>> create_remote(const Endpoint& endpoint, const EngineSettings& settings,
                                                  const EngineResources& resources);

}  // namespace sensorium::upstream
