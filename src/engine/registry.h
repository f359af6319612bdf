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
namespace local {
class Runtime;  // engine/local/runtime.h: child processes, shared by all shards
}

/// What the configuration says about one provider ("[engines.openai]" or a preset).
struct EngineSettings {
  std::string name;  ///< provider name, the part before "/" in model names
  std::string base_url;
  std::string api_key;  ///< a secret: never logged, never in an Error
  Milliseconds first_token{60'000};
  Milliseconds idle{30'000};
  Milliseconds connect{10'000};
  std::int64_t min_pixels = 0;  ///< of a Qwen-VL picture; 0: the provider's own
  std::int64_t max_pixels = 0;
  bool high_resolution = false;  ///< Qwen-VL at DashScope: its larger limit of pixels
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
  std::string_view name;  ///< "openai", "llama", "reader", "scripted"
  std::string_view summary;
  std::span<const OptionDef> options;
  Result<std::unique_ptr<ChatEngine>> (*create)(const EngineSettings&, const EngineResources&);
  bool by_url = false;  ///< reached at a base_url, which may be anywhere
};

/// Where a provider differs from the plain dialect; a set of flags, so that a preset stays one row.
enum class Trait : std::uint32_t {
  none = 0,
  completion_limit = 1U << 0,  ///< spells the limit max_completion_tokens
  no_stream_usage = 1U << 1,   ///< does not know stream_options.include_usage
  no_temperature = 1U << 2,
  no_detail = 1U << 3,          ///< does not know image_url.detail
  thinking_field = 1U << 4,     ///< "enable_thinking": false keeps a model from thinking first
  thinking_template = 1U << 5,  ///< the same by chat_template_kwargs
  takes_urls = 1U << 6,         ///< fetches pictures by http(s) itself
  local = 1U << 7,              ///< runs on the user's machine or network: loads models on first use
  openai_errors = 1U << 8,      ///< which family's error codes it speaks
  dashscope_errors = 1U << 9,
  gemini_errors = 1U << 10,
  llama_errors = 1U << 11,
  anthropic_errors = 1U << 12,
  strict_schema = 1U << 13,        ///< takes schemas in OpenAI's strict form only
  pixels_in_part = 1U << 14,       ///< takes min_pixels and max_pixels beside a picture
  pixels_in_processor = 1U << 15,  ///< the same in mm_processor_kwargs
};
constexpr Trait operator|(Trait a, Trait b) noexcept {
  return static_cast<Trait>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}
constexpr bool has(Trait set, Trait flag) noexcept {
  return (static_cast<std::uint32_t>(set) & static_cast<std::uint32_t>(flag)) != 0;
}

/// One provider that speaks a dialect we have: a row of presets.def.
struct ProviderPreset {
  std::string_view name;    ///< "openai", "qwen", "qwen-intl", "gemini", "ollama", ...
  std::string_view engine;  ///< EngineDef name
  std::string_view base_url;
  std::string_view host;           ///< addresses at this host or below it are this provider's; "" for none
  std::string_view key_variable;   ///< "" when none is needed
  std::string_view default_model;  ///< what `auto` uses; "" when it must be named
  Trait traits = Trait::none;
  std::string_view note;  ///< for `models ls` and `doctor`
  /// How long a first token may take unless the configuration says otherwise.
  constexpr Milliseconds first_token() const noexcept {
    return Milliseconds(has(traits, Trait::local) ? 300'000 : 60'000);
  }
};

std::span<const EngineDef* const> engine_defs() noexcept;
const EngineDef* find_engine(std::string_view name) noexcept;
std::span<const ProviderPreset> provider_presets() noexcept;
const ProviderPreset* find_preset(std::string_view name) noexcept;
/// The preset whose host `host` is or lies under ("x.eu.maas.aliyuncs.com"), for providers that the
/// configuration names freely; or null.
const ProviderPreset* find_preset_by_host(std::string_view host) noexcept;

}  // namespace sensorium
