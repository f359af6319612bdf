// The engine for every provider that speaks the OpenAI chat dialect.
#include "engine/remote/openai_dialect.h"
#include "engine/remote/remote_engine.h"

namespace sensorium {
namespace {

Result<std::unique_ptr<ChatEngine>> create(const EngineSettings& settings, const EngineResources& resources) {
  return upstream::create_remote(
      {.dialect = &openai::dialect, .path = "chat/completions", .version = {}, .home = {}}, settings,
      resources);
}

constexpr OptionDef options[] = {
    {"base_url", OptionDef::Type::text, "", "address of the API, up to and including /v1"},
    {"api_key_file", OptionDef::Type::path, "", "file that holds the API key"},
    {"timeout_connect_s", OptionDef::Type::duration, "10", "longest wait for a connection"},
    {"timeout_first_token_s", OptionDef::Type::duration, "60",
     "longest wait for the first token (local servers: 300)"},
    {"min_pixels", OptionDef::Type::integer, "0", "Qwen-VL: smaller pictures are enlarged to it"},
    {"max_pixels", OptionDef::Type::integer, "0", "Qwen-VL: larger pictures are shrunk to it"},
    {"high_resolution", OptionDef::Type::boolean, "false",
     "Qwen-VL at DashScope: up to 16,384 tokens a picture"},
    {"timeout_idle_s", OptionDef::Type::duration, "30", "longest silence between tokens"},
};

}  // namespace

extern const EngineDef openai_engine;
const EngineDef openai_engine{.name = "openai",
                              .summary = "any server that speaks the OpenAI chat completions API",
                              .options = options,
                              .create = create,
                              .by_url = true};

}  // namespace sensorium
