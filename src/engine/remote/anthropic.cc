// The engine for Anthropic and servers that speak its Messages API.
#include "engine/remote/anthropic_dialect.h"
#include "engine/remote/remote_engine.h"

namespace sensorium {
namespace {

Result<std::unique_ptr<ChatEngine>> create(const EngineSettings& settings, const EngineResources& resources) {
  return upstream::create_remote(
      {.dialect = &anthropic::dialect, .path = "messages", .version = "v1", .home = "anthropic"}, settings,
      resources);
}

constexpr OptionDef options[] = {
    {"base_url", OptionDef::Type::text, "", "address of the API, without /v1"},
    {"api_key_file", OptionDef::Type::path, "", "file that holds the API key"},
    {"timeout_connect_s", OptionDef::Type::duration, "10", "longest wait for a connection"},
    {"timeout_first_token_s", OptionDef::Type::duration, "60", "longest wait for the first token"},
    {"timeout_idle_s", OptionDef::Type::duration, "30", "longest silence between tokens"},
};

}  // namespace

extern const EngineDef anthropic_engine;
const EngineDef anthropic_engine{.name = "anthropic",
                                 .summary = "Claude, and any server that speaks the Anthropic Messages API",
                                 .options = options,
                                 .create = create,
                                 .by_url = true};

}  // namespace sensorium
