// From a question about a recording to its transcript: choice of the model, recognition, translation.
#include "service/transcript_shard.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "engine/local/folders.h"
#include "engine/speech/reply.h"
#include "engine/speech/speech_engines.h"
#include "pipeline/transcribe.h"
#include "pipeline/translate.h"

namespace sensorium::service {
namespace {

constexpr auto detector_weights = "/engines/speech-weights-1/silero_vad_16k.safetensors";
constexpr std::string_view default_remote = "whisper-1";

/// Where ./dev puts engines and weights.
std::string engines_folder(const Config& config) {
  return std::getenv("SENSORIUM_CACHE") ? default_cache_dir() : config.local.cache_dir;
}

double ms_since(TimePoint begin) {
  return std::chrono::duration<double, std::milli>(SteadyClock::now() - begin).count();
}

Error no_model(std::string_view name) {
  return Error(Code::unknown_model,
               name.empty()
                   ? std::string("There is no speech model on this machine and no provider with a key")
                   : fmt::format("There is no speech model {}", text::printable(text::shorten(name, 80))),
               "Get one: tools/fetch/speech_weights.sh, or name a remote one: -m openai/whisper-1")
      .at("model");
}

Result<std::unique_ptr<SpeechEngine>> remote(const TranscriptParts& parts, const Provider& provider,
                                             std::string_view model) {
  const std::string variable(provider.preset ? provider.preset->key_variable : "");
  if (!provider.usable())
    return Error(Code::upstream_auth, fmt::format("{} needs a key", provider.settings.name),
                 fmt::format("Set {}", variable));
  return speech::remote_engine(parts.resources, provider.settings, std::string(model), variable);
}

Result<std::unique_ptr<SpeechEngine>> automatic(const TranscriptParts& parts, bool offline,
                                                const std::vector<speech::InstalledVoice>& voices) {
  std::optional<Error> first;
  if (!voices.empty()) {
    auto engine = speech::local_engine(parts.resources, voices.front());
    if (engine || offline) return engine;
    first = std::move(engine).error();
  }
  if (!offline)
    if (const auto* provider = parts.shared.providers.find("openai"); provider && provider->usable())
      return remote(parts, *provider, default_remote);
  if (first) return std::move(*first);
  return no_model("");
}

/// "whisper-1" is what OpenAI's clients send when they want any: it means the default unless it is asked for
/// in full.
bool any_model(std::string_view name) {
  return name.empty() || name == automatic_model || name == default_remote;
}

Result<std::unique_ptr<SpeechEngine>> choose_engine(const TranscriptParts& parts,
                                                    const TranscribeQuestion& question) {
  const Config& config = parts.shared.config;
  const auto voices = speech::installed_voices(config.local.models_dir, engines_folder(config));
  if (any_model(question.model)) return automatic(parts, question.offline, voices);
  std::string_view name = question.model;
  const auto slash = name.find('/');
  const auto provider_name = slash == std::string_view::npos ? std::string_view() : name.substr(0, slash);
  if (const auto* provider = parts.shared.providers.find(provider_name);
      provider && provider_name != local_provider) {
    if (question.offline && provider->remote())
      return Error(Code::misconfigured,
                   fmt::format("{} is not on this machine, and --offline forbids it", name),
                   "Leave out --offline, or choose a local model");
    return remote(parts, *provider, name.substr(slash + 1));
  }
  if (provider_name == local_provider) name.remove_prefix(slash + 1);
  for (const auto& voice : voices)
    if (voice.name == name || voice.name == fmt::format("whisper-{}", name))
      return speech::local_engine(parts.resources, voice);
  std::vector<std::string_view> names;
  for (const auto& voice : voices) names.push_back(voice.name);
  auto error = no_model(question.model);
  if (const auto near = text::did_you_mean(name, names)) error.hint = fmt::format("Did you mean {}?", *near);
  return error;
}

TranscriptSegment to_segment(const pipeline::Segment& from) {
  TranscriptSegment out{from.id,
                        from.start,
                        from.end,
                        from.text,
                        from.language,
                        from.avg_logprob,
                        from.no_speech,
                        from.compression,
                        from.temperature,
                        {},
                        {}};
  for (const auto& word : from.words)
    out.words.push_back({word.text, word.start, word.end, word.probability});
  return out;
}

class Passing final : public pipeline::TranscriptSink {
 public:
  explicit Passing(TranscriptReceiver& to) : to_(to) {}
  Task<> segment(const pipeline::Segment& segment) override {
    const auto made = to_segment(segment);
    co_return co_await to_.segment(made);
  }
  Task<> progress(double done, double total) override { return to_.progress(done, total); }

 private:
  TranscriptReceiver& to_;
};

pipeline::TranscribeRequest to_request(const TranscribeQuestion& question) {
  pipeline::TranscribeRequest request;
  request.source = {question.recording.path, question.recording.bytes};
  request.sound.track = question.track;
  request.language = question.language;
  request.languages = question.languages;
  request.task = question.task == SpeechWork::translate ? SpeechTask::translate : SpeechTask::transcribe;
  request.prompt = question.prompt;
  request.beam = question.beam;
  request.temperature = question.temperature;
  return request;
}

Transcript to_transcript(pipeline::TranscriptResult&& from, const TranscribeQuestion& question,
                         const SpeechCard& card) {
  Transcript out;
  for (const auto& segment : from.segments) {
    out.text += segment.text;
    out.segments.push_back(to_segment(segment));
  }
  out.text = std::string(text::trim(out.text));
  out.language = from.language;
  out.language_probability = from.language_probability;
  out.duration = from.duration;
  out.model = from.model;
  if (card.usd_per_minute) out.cost_usd = *card.usd_per_minute * from.duration / 60;
  out.with_words = question.words;
  out.task = question.task;
  out.warnings = question.warnings;
  for (auto& warning : from.warnings) out.warnings.push_back(std::move(warning));
  return out;
}

Task<> add_translation(const CallContext& ctx, const TranscriptParts& parts,
                       const TranscribeQuestion& question, Transcript& transcript) {
  const TimePoint begin = SteadyClock::now();
  const auto candidate = SN_CO_TRY(parts.chat(question.translator));
  pipeline::TranslateRequest request;
  for (const auto& segment : transcript.segments) request.texts.push_back(segment.text);
  request.from = speech::language_name(transcript.language);
  request.to = speech::language_name(question.translate_to);
  request.glossary = question.glossary;
  transcript.translated_to = question.translate_to;
  auto made =
      SN_CO_TRY(co_await pipeline::translate(ctx, *candidate.engine, candidate.model, std::move(request)));
  for (std::size_t i = 0; i < transcript.segments.size(); ++i)
    transcript.segments[i].translation = std::move(made.texts[i]);
  if (made.untranslated > 0)
    transcript.warnings.push_back(fmt::format("{} segments were not translated by {} and keep their words",
                                              made.untranslated, candidate.name));
  const auto price = cost_usd(candidate.engine->card(candidate.model), made.usage);
  if (transcript.cost_usd && price) *transcript.cost_usd += *price;
  else transcript.cost_usd.reset();
  transcript.translate_ms = ms_since(begin);
  co_return Status{};
}

}  // namespace

Task<Transcript> transcribe_recording(CallContext ctx, TranscriptParts parts,
                                      const TranscribeQuestion& question, TranscriptReceiver& receiver) {
  const TimePoint begin = SteadyClock::now();
  SN_CO_TRY(check_transcribe(question));
  const auto engine = SN_CO_TRY(choose_engine(parts, question));
  if (question.task == SpeechWork::translate && !engine->card().translates)
    co_return Error(Code::invalid_request, fmt::format("{} cannot translate by itself", engine->card().name),
                    "Use --translate-to LANGUAGE, or a multilingual Whisper model")
        .at("task");
  if (!question.translate_to.empty()) SN_CO_TRY(parts.chat(question.translator));
  pipeline::SoundResources sound{parts.shared.pool, nullptr};
  const std::string weights = engines_folder(parts.shared.config) + detector_weights;
  auto silero = co_await parts.shared.pool.run(
      ctx, [&weights](const CallContext&) { return media::load_silero(weights); });
  if (silero) sound.silero = std::move(*silero);
  Passing passing(receiver);
  auto made = SN_CO_TRY(co_await pipeline::transcribe(ctx, sound, *engine, to_request(question), passing));
  Transcript transcript = to_transcript(std::move(made), question, engine->card());
  transcript.recognise_ms = ms_since(begin);
  if (!question.translate_to.empty() && !transcript.segments.empty())
    SN_CO_TRY(co_await add_translation(ctx, parts, question, transcript));
  transcript.total_ms = ms_since(begin);
  parts.shared.metrics.count("sensorium_media_seconds_total", {{"kind", "audio"}}, transcript.duration);
  co_return transcript;
}

}  // namespace sensorium::service
