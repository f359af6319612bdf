// Servers with OpenAI's transcription interface.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/remote/upstream_error.h"
#include "engine/speech/form.h"
#include "engine/speech/reply.h"
#include "engine/speech/speech_engines.h"
#include "exec/guard.h"

namespace sensorium::speech {
namespace {

/// What is known of models by the beginning of their names; the last row is for all others.
struct RemoteFacts {
  std::string_view prefix;
  std::string_view format;  ///< the richest it gives
  bool segments, words, translates;
  double longest;  ///< seconds of a piece: under 25 MB of WAV, and short where it gives no times
  std::optional<double> usd_per_minute;
};
constexpr auto models = std::to_array<RemoteFacts>({
    {"gpt-4o-mini-transcribe", "json", false, false, false, 29, 0.003},
    {"gpt-4o-transcribe", "json", false, false, false, 29, 0.006},
    {"whisper-1", "verbose_json", true, true, true, 240, 0.006},
    {"whisper-large-v3", "verbose_json", true, true, true, 240, std::nullopt},
    {"", "verbose_json", true, true, false, 120, std::nullopt},
});

const RemoteFacts& facts_of(std::string_view model) {
  return *std::ranges::find_if(models,
                               [model](const RemoteFacts& row) { return model.starts_with(row.prefix); });
}

class RemoteSpeech final : public SpeechEngine {
 public:
  RemoteSpeech(const EngineResources& resources, const EngineSettings& settings, net::Url base,
               std::string model, std::string key_variable)
      : http_(resources.http),
        settings_(settings),
        base_(std::move(base)),
        model_(std::move(model)),
        key_variable_(std::move(key_variable)),
        facts_(facts_of(model_)) {
    card_.name = settings.name + "/" + model_;
    card_.segments = facts_.segments;
    card_.words = facts_.words;
    card_.translates = facts_.translates;
    card_.longest = facts_.longest;
    card_.parallel = 4;
    card_.usd_per_minute = facts_.usd_per_minute;
  }

  const SpeechCard& card() const override { return card_; }

  Task<SpokenPiece> transcribe(const CallContext& ctx, const SpeechRequest& request) override {
    co_return co_await guarded(ctx, ask(ctx, request));
  }

 private:
  Task<SpokenPiece> ask(const CallContext& ctx, const SpeechRequest& request) {
    const std::string file = wave_file(request.samples);
    SpeechForm form;
    form.field("model", model_);
    form.field("response_format", facts_.format);
    if (!request.language.empty()) form.field("language", request.language);
    if (!request.prompt.empty()) form.field("prompt", request.prompt);
    if (request.temperature > 0) form.field("temperature", fmt::format("{}", request.temperature));
    if (facts_.segments) form.field("timestamp_granularities[]", "segment");
    if (facts_.words) form.field("timestamp_granularities[]", "word");
    net::HttpCall call;
    const bool translate = request.task == SpeechTask::translate;
    call.url = net::join(base_, translate ? "audio/translations" : "audio/transcriptions");
    call.headers = {{"Content-Type", form.content_type()}};
    if (!settings_.api_key.empty()) call.headers.emplace_back("Authorization", "Bearer " + settings_.api_key);
    call.body = form.body(file);
    call.timeouts = {settings_.connect, std::max(settings_.first_token, Milliseconds(300'000)),
                     settings_.idle};
    const auto reply = SN_CO_TRY(co_await http_.send(ctx, call));
    if (reply.status != 200) {
      const upstream::Source source{.provider = settings_.name,
                                    .model = model_,
                                    .key_variable = key_variable_,
                                    .secret = settings_.api_key};
      co_return upstream::make_error(source, reply.status, reply.headers,
                                     upstream::read_error_body(reply.body));
    }
    co_return parse_reply(reply.body, static_cast<double>(request.samples.size()) / 16'000.0);
  }

  net::HttpClient& http_;
  EngineSettings settings_;
  net::Url base_;
  std::string model_, key_variable_;
  const RemoteFacts& facts_;
  SpeechCard card_;
};

}  // namespace

Result<std::unique_ptr<SpeechEngine>> remote_engine(const EngineResources& resources,
                                                    const EngineSettings& settings, const std::string& model,
                                                    const std::string& key_variable) {
  auto base = SN_TRY(net::parse_url(settings.base_url));
  return std::make_unique<RemoteSpeech>(resources, settings, std::move(base), model, key_variable);
}

}  // namespace sensorium::speech
