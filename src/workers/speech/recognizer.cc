// The temperature ladder of OpenAI's decoder around whisper.cpp's single passes.
#include "workers/speech/recognizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "workers/speech/quality.h"

extern "C" void whisper_sn_set_abort(ggml_abort_callback callback, void* data);  // see tools/fetch/whisper.sh

namespace sensorium::speech {
namespace {

constexpr int already_encoded = -1;  // as audio_ctx, see tools/fetch/whisper_changes.py
constexpr float step = 0.2F, hottest = 1.0F;
constexpr float least_logprob = -1.0F, silent = 0.6F, doubtful_speech = 0.6F;
constexpr double most_compression = 2.4;
constexpr int loop_times = 4;
constexpr int samplings = 5;        // candidates at a temperature above 0
constexpr double rest_worth = 1.2;  // seconds behind the last segment that are worth a second look
constexpr float centiseconds = 100;
constexpr std::size_t told_languages = 5;

/// Makes every graph of this thread stop with the context.
class AbortScope {
 public:
  explicit AbortScope(const CallContext& ctx) {
    whisper_sn_set_abort([](void* data) { return !static_cast<const CallContext*>(data)->check(); },
                         const_cast<CallContext*>(&ctx));
  }
  ~AbortScope() { whisper_sn_set_abort(nullptr, nullptr); }
  AbortScope(const AbortScope&) = delete;
  AbortScope& operator=(const AbortScope&) = delete;
};

Error failed(const CallContext& ctx, std::string_view doing) {
  if (auto over = ctx.check(); !over) return std::move(over).error();
  return Error(Code::internal, fmt::format("The speech could not be {}", doing),
               "Try again, or another model");
}

/// What the callbacks of one pass share.
struct Pass {
  const Model& model;
  whisper_state* state;
  double seconds;
  int encodings = 0;
  bool looped = false;
  std::vector<std::int32_t> tokens = {};
};

/// Before a window is encoded: the first one is there already, a further one only if enough is left.
bool wants_window(whisper_context*, whisper_state* state, void* data) {
  auto& pass = *static_cast<Pass*>(data);
  if (pass.encodings++ == 0) return true;
  const int segments = whisper_full_n_segments_from_state(state);
  if (segments == 0) return false;
  const auto end =
      static_cast<double>(whisper_full_get_segment_t1_from_state(state, segments - 1)) / centiseconds;
  if (pass.seconds - end > rest_worth) return true;
  --pass.encodings;
  return false;
}

/// A decoder that goes round in circles is made to stop.
void stop_loops(whisper_context* context, whisper_state*, const whisper_token_data* tokens, int count,
                float* logits, void* data) {
  auto& pass = *static_cast<Pass*>(data);
  pass.tokens.clear();
  const whisper_token begin = whisper_token_beg(context);
  for (int i = 0; i < count; ++i)
    if (tokens[i].id < begin) pass.tokens.push_back(tokens[i].id);
  if (!loops(pass.tokens, loop_times)) return;
  pass.looped = true;
  const whisper_token end = whisper_token_eot(context);
  const int all = whisper_n_vocab(context);
  for (int id = 0; id < all; ++id)
    if (id != end) logits[id] = -INFINITY;
}

whisper_full_params params_of(const HearRequest& request, const std::string& language, float temperature,
                              Pass& pass) {
  const bool beam = temperature == 0 && request.beam > 1;
  auto params = whisper_full_default_params(beam ? WHISPER_SAMPLING_BEAM_SEARCH : WHISPER_SAMPLING_GREEDY);
  params.n_threads = 1;
  params.audio_ctx = already_encoded;
  params.language = language.c_str();
  params.translate = request.task == HearRequest::Task::translate;
  params.no_context = true;
  params.print_progress = params.print_realtime = params.print_timestamps = false;
  params.suppress_nst = true;
  params.temperature = temperature;
  params.temperature_inc = 0;  // the ladder is ours
  params.no_speech_thold = 2;  // and so is the judgement about silence
  params.logprob_thold = -1e9F;
  params.entropy_thold = 0;
  params.greedy.best_of = temperature > 0 ? samplings : 1;
  params.beam_search.beam_size = beam ? request.beam : 1;
  if (!request.prompt.empty() && temperature <= 0.5F) {
    params.initial_prompt = request.prompt.c_str();
    params.carry_initial_prompt = true;
  } else {
    params.n_max_text_ctx = 0;
  }
  params.encoder_begin_callback = wants_window;
  params.encoder_begin_callback_user_data = &pass;
  params.logits_filter_callback = stop_loops;
  params.logits_filter_callback_user_data = &pass;
  return params;
}

bool only_marks(std::string_view text) {
  return text.find_first_not_of(" ,.;:!?\"'-") == std::string_view::npos;
}

/// `clock` is where the token before ended: whisper.cpp's alignment gives the ends of tokens.
HeardSegment segment_of(const Model& model, whisper_state* state, int index, double& logprob, int& count,
                        double& clock) {
  HeardSegment segment;
  segment.start = static_cast<double>(whisper_full_get_segment_t0_from_state(state, index)) / centiseconds;
  segment.end = static_cast<double>(whisper_full_get_segment_t1_from_state(state, index)) / centiseconds;
  segment.text = whisper_full_get_segment_text_from_state(state, index);
  const whisper_token end = whisper_token_eot(model.context());
  for (int i = 0; i < whisper_full_n_tokens_from_state(state, index); ++i) {
    const auto data = whisper_full_get_token_data_from_state(state, index, i);
    logprob += static_cast<double>(data.plog);
    ++count;
    if (data.id >= end) continue;
    segment.tokens.push_back({whisper_token_to_str(model.context(), data.id), data.p, clock});
    // A pause is counted to the comma before it; then the next word begins where speech does.
    if (data.t_dtw >= 0 && !only_marks(segment.tokens.back().text))
      clock = std::max(clock, static_cast<double>(data.t_dtw) / centiseconds);
  }
  return segment;
}

Heard collect(const Pass& pass) {
  Heard heard;
  double logprob = 0;
  int count = 0;
  double clock = 0;
  std::string all;
  const int segments = whisper_full_n_segments_from_state(pass.state);
  for (int i = 0; i < segments; ++i) {
    heard.segments.push_back(segment_of(pass.model, pass.state, i, logprob, count, clock));
    heard.segments.back().end = std::min(heard.segments.back().end, pass.seconds);
    all += heard.segments.back().text;
    heard.no_speech =
        std::max(heard.no_speech, whisper_full_get_segment_no_speech_prob_from_state(pass.state, i));
  }
  heard.avg_logprob = static_cast<float>(logprob / (count + 1));
  heard.compression = static_cast<float>(compression_ratio(all));
  return heard;
}

bool repeats(const Heard& heard, const Pass& pass) {
  return pass.looped || heard.compression > most_compression;
}

Status encode(const CallContext& ctx, const Model& model, whisper_state* state) {
  if (whisper_encode_with_state(model.context(), state, 0, 1) != 0) return failed(ctx, "encoded");
  return {};
}

bool allowed(const HearRequest& request, const char* language) {
  return request.languages.empty() ||
         std::ranges::find(request.languages, language) != request.languages.end();
}

/// Encodes and, where it is not given, finds the language.
Status find_language(const CallContext& ctx, const Model& model, whisper_state* state,
                     const HearRequest& request, Heard& into) {
  into.language = model.multilingual() ? request.language : "en";
  if (!into.language.empty()) return encode(ctx, model, state);
  std::vector<float> probabilities(static_cast<std::size_t>(whisper_lang_max_id() + 1));
  if (whisper_lang_auto_detect_with_state(model.context(), state, 0, 1, probabilities.data()) < 0)
    return failed(ctx, "encoded");
  for (int id = 0; id <= whisper_lang_max_id(); ++id)
    if (const char* name = whisper_lang_str(id); name && allowed(request, name))
      into.languages.emplace_back(name, probabilities[static_cast<std::size_t>(id)]);
  std::ranges::sort(into.languages, [](const auto& a, const auto& b) { return a.second > b.second; });
  into.languages.resize(std::min(into.languages.size(), told_languages));
  if (into.languages.empty())
    return Error(Code::invalid_request, "None of the languages to choose from is known",
                 "Give codes like en, zh, de");
  into.language = into.languages.front().first;
  into.language_probability = into.languages.front().second;
  return {};
}

/// A text that compresses well but does not go round in circles may be what was said: a refrain, an oath
/// after another. Only without evidence of speech, or of the words, it is taken for an invention.
void judge(Heard& heard, const HearRequest& request, bool repeating, bool looped) {
  std::string all;
  for (const auto& segment : heard.segments) all += segment.text;
  const bool doubt = request.confidence < doubtful_speech;
  if (looped || (repeating && (doubt || heard.avg_logprob < least_logprob))) heard.dropped = "loop";
  else if (heard.no_speech > silent && heard.avg_logprob < least_logprob) heard.dropped = "silence";
  else if (heard.no_speech > silent && doubt) heard.dropped = "silence";
  else if (known_invention(all) && (doubt || heard.no_speech > silent / 2)) heard.dropped = "phrase";
  if (!heard.dropped.empty()) heard.segments.clear();
}

struct Best {
  Heard heard;
  bool repeating = true, looped = true;
  bool any = false;
  void consider(Heard&& made, bool repeats, bool loops) {
    const bool better = !any || (looped && !loops) || (looped == loops && repeating && !repeats) ||
                        (looped == loops && repeating == repeats && made.avg_logprob > heard.avg_logprob);
    any = true;
    if (!better) return;
    heard = std::move(made);
    repeating = repeats;
    looped = loops;
  }
};

}  // namespace

Result<Heard> recognise(const CallContext& ctx, const Model& model, whisper_state* state,
                        const HearRequest& request) {
  const AbortScope abort(ctx);
  const double seconds = static_cast<double>(request.samples.size()) / WHISPER_SAMPLE_RATE;
  if (!request.language.empty() && whisper_lang_id(request.language.c_str()) < 0)
    return Error(Code::invalid_request, fmt::format("The language {} is not known", request.language),
                 "Give a code like en, zh, de, or auto")
        .at("language");
  if (whisper_pcm_to_mel_with_state(model.context(), state, request.samples.data(),
                                    static_cast<int>(request.samples.size()), 1) != 0)
    return failed(ctx, "read");
  Heard language;
  SN_TRY(find_language(ctx, model, state, request, language));
  Best best;
  for (float temperature = request.temperature; temperature <= hottest + step / 2; temperature += step) {
    Pass pass{model, state, seconds};
    const auto params = params_of(request, language.language, temperature, pass);
    if (whisper_full_with_state(model.context(), state, params, nullptr, 0) != 0)
      return failed(ctx, "recognised");
    SN_TRY(ctx.check());
    Heard heard = collect(pass);
    heard.temperature = temperature;
    const bool repeating = repeats(heard, pass);
    const bool quiet = heard.no_speech > silent && heard.avg_logprob < least_logprob;
    const bool good = !repeating && (heard.avg_logprob >= least_logprob || quiet || heard.segments.empty());
    best.consider(std::move(heard), repeating, pass.looped);
    if (good) break;
    if (pass.encodings > 1) SN_TRY(encode(ctx, model, state));
  }
  Heard result = std::move(best.heard);
  result.language = std::move(language.language);
  result.language_probability = language.language_probability;
  result.languages = std::move(language.languages);
  judge(result, request, best.repeating, best.looped);
  return result;
}

}  // namespace sensorium::speech
