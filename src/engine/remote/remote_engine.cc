// What differs between providers comes from the preset, their models from the model table, the pixel
// bounds of Qwen-VL from the configuration.
#include "engine/remote/remote_engine.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/remote/call.h"

namespace sensorium::upstream {
namespace {

ErrorFamily error_family(Trait traits) noexcept {
  if (has(traits, Trait::openai_errors)) return ErrorFamily::openai;
  if (has(traits, Trait::dashscope_errors)) return ErrorFamily::dashscope;
  if (has(traits, Trait::gemini_errors)) return ErrorFamily::gemini;
  if (has(traits, Trait::llama_errors)) return ErrorFamily::llama;
  if (has(traits, Trait::anthropic_errors)) return ErrorFamily::anthropic;
  return ErrorFamily::generic;
}

Quirks quirks_of(Trait traits) noexcept {
  Quirks quirks;
  if (has(traits, Trait::completion_limit)) quirks.limit = TokenLimitField::max_completion_tokens;
  if (has(traits, Trait::thinking_field)) quirks.thinking = Thinking::off_by_field;
  if (has(traits, Trait::thinking_template)) quirks.thinking = Thinking::off_by_template;
  quirks.include_usage = !has(traits, Trait::no_stream_usage);
  quirks.temperature = !has(traits, Trait::no_temperature);
  quirks.detail = !has(traits, Trait::no_detail);
  quirks.strict_schema = has(traits, Trait::strict_schema);
  if (has(traits, Trait::pixels_in_part)) quirks.pixel_bounds = PixelBounds::in_part;
  if (has(traits, Trait::pixels_in_processor)) quirks.pixel_bounds = PixelBounds::in_processor;
  quirks.errors = error_family(traits);
  return quirks;
}

enum class KeyState : std::uint8_t { fine, missing };

/// What the configuration says about the pixels of Qwen-VL pictures; it holds for the models that count so.
struct PixelSettings {
  std::int64_t min_pixels = 0, max_pixels = 0;  ///< 0: the provider's own
  bool high_resolution = false;
};

constexpr std::int64_t high_resolution_tokens = 16384;  ///< per picture, DashScope's documented cap

bool counts_like_qwen(const EngineCard& card) noexcept { return card.tokens.kind == TokenRule::Kind::qwen; }

void apply(const PixelSettings& settings, EngineCard& card) {
  if (!counts_like_qwen(card)) return;
  const std::int64_t area = std::int64_t{card.tokens.factor} * card.tokens.factor;
  if (settings.min_pixels > 0) card.tokens.min_pixels = settings.min_pixels;
  if (settings.max_pixels > 0) card.tokens.max_pixels = settings.max_pixels;
  if (settings.high_resolution) card.tokens.max_pixels = high_resolution_tokens * area;
  card.tokens.max_pixels = std::max(card.tokens.max_pixels, area);
  card.tokens.min_pixels = std::min(card.tokens.min_pixels, card.tokens.max_pixels);
  card.prepare.pixels.max_pixels = card.tokens.max_pixels;
  card.prepare.pixels.min_pixels = card.tokens.min_pixels;
}

class RemoteEngine final : public ChatEngine {
 public:
  RemoteEngine(Target target, PixelSettings pixels, std::string table_name, KeyState key,
               const EngineResources& resources)
      : target_(std::move(target)),
        plain_target_(target_),
        table_name_(std::move(table_name)),
        pixels_(pixels),
        key_(key),
        http_(resources.http),
        models_(resources.models) {
    plain_target_.quirks.pixel_bounds = PixelBounds::not_sent;
    plain_target_.quirks.high_resolution = false;
  }

  EngineCard card(std::string_view model) const override {
    EngineCard card = models_.card(table_name_, model);
    card.name = fmt::format("{}/{}", target_.provider, model);
    apply(pixels_, card);
    return card;
  }

  Task<Completion> complete(const CallContext& ctx, const ChatRequest& request, TokenSink& sink) override {
    if (request.model.empty())
      co_return Error(
          Code::unknown_model, fmt::format("{} needs the name of a model", target_.provider),
          fmt::format("Write it like {}/NAME; sensorium models ls shows known names", target_.provider));
    if (key_ == KeyState::missing)
      co_return Error(
          Code::misconfigured, fmt::format("There is no API key for {}", target_.provider),
          fmt::format("Set {}, or api_key_file of [engines.{}]", target_.key_variable, target_.provider));
    const EngineCard limits = card(request.model);
    co_return co_await ask(ctx, http_, counts_like_qwen(limits) ? target_ : plain_target_, memory_, limits,
                           request, sink);
  }

 private:
  Target target_;
  Target plain_target_;     ///< for models that know no pixel bounds
  std::string table_name_;  ///< whose rows of the model table apply
  PixelSettings pixels_;
  KeyState key_;
  QuirkMemory memory_;
  net::HttpClient& http_;
  const ModelTable& models_;
};

/// By name, else by where the address points: [engines.work] at api.openai.com is OpenAI too.
const ProviderPreset* preset_of(const EngineSettings& settings, const net::Url& url) noexcept {
  const ProviderPreset* preset = find_preset(settings.name);
  return preset ? preset : find_preset_by_host(url.host);
}

std::string path_below(const net::Url& base, const Endpoint& endpoint) {
  const bool versioned = endpoint.version.empty() || base.target.ends_with(endpoint.version) ||
                         base.target.ends_with(fmt::format("{}/", endpoint.version));
  return versioned ? std::string(endpoint.path) : fmt::format("{}/{}", endpoint.version, endpoint.path);
}

}  // namespace

Result<std::unique_ptr<ChatEngine>> create_remote(const Endpoint& endpoint, const EngineSettings& settings,
                                                  const EngineResources& resources) {
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
  const ProviderPreset* home = preset ? preset : find_preset(endpoint.home);
  Target target{
      .dialect = endpoint.dialect,
      .provider = settings.name,
      .chat_url = net::join(*url, path_below(*url, endpoint)),
      .api_key = settings.api_key,
      .key_variable = preset ? std::string(preset->key_variable) : "",
      .timeouts = {.connect = settings.connect, .first_byte = settings.first_token, .idle = settings.idle},
      .quirks = quirks_of(home ? home->traits : Trait::none)};
  const PixelSettings pixels{settings.min_pixels, settings.max_pixels, settings.high_resolution};
  target.quirks.min_pixels = pixels.min_pixels;
  target.quirks.max_pixels = pixels.max_pixels;
  target.quirks.high_resolution = pixels.high_resolution && home && has(home->traits, Trait::pixels_in_part);
  // Someone else's server under a known name (a proxy, a test) may well need no key.
  const bool at_provider =
      preset && !preset->key_variable.empty() && find_preset_by_host(url->host) != nullptr;
  const bool missing = at_provider && settings.api_key.empty();
  return std::make_unique<RemoteEngine>(std::move(target), pixels,
                                        std::string(home ? home->name : settings.name),
                                        missing ? KeyState::missing : KeyState::fine, resources);
}

}  // namespace sensorium::upstream
