// The registries of engines: engines.def (kinds of engine, one file each) and presets.def
// (compatible providers, one row each). Nothing registers itself; the lists are read, not linked.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/option_def.h"
#include "engine/chat_engine.h"
#include "engine/model_table.h"
#include "net/http_client.h"

namespace sensorium {

class CpuPool;
namespace local { class Runtime; }  // engine/local/runtime.h: child processes, shared by all shards

/// What the configuration says about one provider ("[engines.openai]" or a preset).
struct EngineSettings {
  std::string name;        ///< provider name, the part before "/" in model names
  std::string base_url;
  std::string api_key;     ///< a secret: never logged, never in an Error
  Milliseconds first_token{60'000};
  Milliseconds idle{30'000};
  Milliseconds connect{10'000};
};

/// What a shard lends to its engines; all outlive them.
struct EngineResources {
  boost::asio::io_context& io;
  net::HttpClient& http;
  CpuPool& pool;
  const ModelTable& models;
  local::Runtime& runtime;
};

/// One kind of engine.
struct EngineDef {
  std::string_view name;     ///< "openai", "llama", "reader", "scripted"
  std::string_view summary;
  std::span<const OptionDef> options;
  Result<std::unique_ptr<ChatEngine>> (*create)(const EngineSettings&, const EngineResources&);
};

/// One provider that speaks a dialect we have: a row of presets.def.
struct ProviderPreset {
  std::string_view name;          ///< "openai", "qwen", "qwen-intl", "gemini", "ollama", ...
  std::string_view engine;        ///< EngineDef name
  std::string_view base_url;
  std::string_view key_variable;  ///< "" when none is needed
  std::string_view default_model; ///< what `auto` uses; "" when it must be named
  std::string_view note;          ///< for `models ls` and `doctor`
};

std::span<const EngineDef* const> engine_defs() noexcept;
const EngineDef* find_engine(std::string_view name) noexcept;
std::span<const ProviderPreset> provider_presets() noexcept;
const ProviderPreset* find_preset(std::string_view name) noexcept;

}  // namespace sensorium
