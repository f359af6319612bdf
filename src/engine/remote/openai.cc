// The engine for every provider that speaks the OpenAI chat dialect; what differs comes from its
// preset, its models from the model table.
#include <fmt/format.h>

#include "engine/registry.h"
#include "engine/remote/openai_call.h"

namespace sensorium {
namespace {

upstream::ErrorFamily error_family(Trait traits) noexcept {
  if (has(traits, Trait::openai_errors)) return upstream::ErrorFamily::openai;
  if (has(traits, Trait::dashscope_errors)) return upstream::ErrorFamily::dashscope;
  if (has(traits, Trait::gemini_errors)) return upstream::ErrorFamily::gemini;
  if (has(traits, Trait::llama_errors)) return upstream::ErrorFamily::llama;
  return upstream::ErrorFamily::generic;
}

openai::Quirks quirks_of(Trait traits) noexcept {
  openai::Quirks quirks;
  if (has(traits, Trait::completion_limit)) quirks.limit = openai::TokenLimitField::max_completion_tokens;
  if (has(traits, Trait::thinking_field)) quirks.thinking = openai::Thinking::off_by_field;
  if (has(traits, Trait::thinking_template)) quirks.thinking = openai::Thinking::off_by_template;
  quirks.include_usage = !has(traits, Trait::no_stream_usage);
  quirks.temperature = !has(traits, Trait::no_temperature);
  quirks.detail = !has(traits, Trait::no_detail);
  quirks.errors = error_family(traits);
  return quirks;
}

class OpenAiEngine final : public ChatEngine {
 public:
  OpenAiEngine(openai::Target target, std::string table_name, bool key_missing,
               const EngineResources& resources)
      : target_(std::move(target)),
        table_name_(std::move(table_name)),
        key_missing_(key_missing),
        http_(resources.http),
        models_(resources.models) {}

  EngineCard card(std::string_view model) const override {
    EngineCard card = models_.card(table_name_, model);
    card.name = fmt::format("{}/{}", target_.provider, model);
    return card;
  }

  Task<Completion> complete(const CallContext& ctx, const ChatRequest& request, TokenSink& sink) override {
    if (request.model.empty())
      co_return Error(
          Code::unknown_model, fmt::format("{} needs the name of a model", target_.provider),
          fmt::format("Write it like {}/NAME; sensorium models ls shows known names", target_.provider));
    if (key_missing_)
      co_return Error(
          Code::misconfigured, fmt::format("There is no API key for {}", target_.provider),
          fmt::format("Set {}, or api_key_file of [engines.{}]", target_.key_variable, target_.provider));
    const EngineCard limits = card(request.model);
    co_return co_await openai::ask(ctx, http_, target_, memory_, limits, request, sink);
  }

 private:
  openai::Target target_;
  std::string table_name_;  ///< whose rows of the model table apply
  bool key_missing_;
  openai::QuirkMemory memory_;
  net::HttpClient& http_;
  const ModelTable& models_;
};

/// By name, else by where the address points: [engines.work] at api.openai.com is OpenAI too.
const ProviderPreset* preset_of(const EngineSettings& settings, const net::Url& url) noexcept {
  const ProviderPreset* preset = find_preset(settings.name);
  return preset ? preset : find_preset_by_host(url.host);
}

Result<std::unique_ptr<ChatEngine>> create(const EngineSettings& settings, const EngineResources& resources) {
  const ProviderPreset* named = find_preset(settings.name);
  const std::string address =
      settings.base_url.empty() && named ? std::string(named->base_url) : settings.base_url;
  auto url = net::parse_url(address);
  if (!url)
    return Error(
        Code::misconfigured,
        fmt::format("base_url of [engines.{}] is not usable: {}", settings.name, url.error().message),
        url.error().hint);
  const ProviderPreset* preset = preset_of(settings, *url);
  openai::Target target{
      .provider = settings.name,
      .chat_url = net::join(*url, "chat/completions"),
      .api_key = settings.api_key,
      .key_variable = preset ? std::string(preset->key_variable) : "",
      .timeouts = {.connect = settings.connect, .first_byte = settings.first_token, .idle = settings.idle},
      .quirks = quirks_of(preset ? preset->traits : Trait::none)};
  // Someone else's server under a known name (a proxy, a test) may well need no key.
  const bool at_provider =
      preset && !preset->key_variable.empty() && find_preset_by_host(url->host) != nullptr;
  return std::make_unique<OpenAiEngine>(std::move(target), std::string(preset ? preset->name : settings.name),
                                        at_provider && settings.api_key.empty(), resources);
}

constexpr OptionDef options[] = {
    {"base_url", OptionDef::Type::text, "", "address of the API, up to and including /v1"},
    {"api_key_file", OptionDef::Type::path, "", "file that holds the API key"},
    {"timeout_connect_s", OptionDef::Type::duration, "10", "longest wait for a connection"},
    {"timeout_first_token_s", OptionDef::Type::duration, "60",
     "longest wait for the first token (local servers: 300)"},
    {"timeout_idle_s", OptionDef::Type::duration, "30", "longest silence between tokens"},
};

}  // namespace

extern const EngineDef openai_engine;
const EngineDef openai_engine{.name = "openai",
                              .summary = "any server that speaks the OpenAI chat completions API",
                              .options = options,
                              .create = create};

}  // namespace sensorium
