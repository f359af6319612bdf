// ServiceShard: engines of one shard, and the questions they answer.
#include <fmt/format.h>

#include <map>

#include "base/ids.h"
#include "net/fetcher.h"
#include "pipeline/ask_structured.h"
#include "pipeline/tile.h"
#include "service/admission.h"
#include "service/shard_impl.h"
#include "service/transcript_shard.h"

namespace sensorium::service {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

constexpr std::int64_t usage_alarm_factor = 3;
constexpr std::int64_t usage_alarm_least = 200;  // tokens; below, the text around the picture decides

media::Detail detail_of(DetailChoice choice) {
  switch (choice) {
    case DetailChoice::low:
      return media::Detail::low;
    case DetailChoice::high:
      return media::Detail::high;
    case DetailChoice::automatic:
      break;
  }
  return media::Detail::automatic;
}

CacheUse cache_use(CacheChoice choice) {
  switch (choice) {
    case CacheChoice::use:
      return CacheUse::use;
    case CacheChoice::refresh:
      return CacheUse::refresh;
    case CacheChoice::off:
      break;
  }
  return CacheUse::off;
}

/// Passes engine text on to the caller when it asked for a stream.
class Forward final : public TokenSink {
 public:
  explicit Forward(AnswerSink& sink) : sink_(sink) {}
  Task<> text(std::string_view piece) override { return sink_.text(piece); }

 private:
  AnswerSink& sink_;
};

PictureReport report(const PicturePart& part, std::int64_t bytes, std::int64_t tokens, bool as_is) {
  const media::Size upright = part.original.facts.upright_size();
  PictureReport out;
  out.width = upright.width;
  out.height = upright.height;
  out.sent_width = as_is ? upright.width : part.picture.size.width;
  out.sent_height = as_is ? upright.height : part.picture.size.height;
  if (part.picture.mime == media::address_mime) out.sent_width = out.sent_height = 0;
  out.sent_bytes = bytes;
  out.mime = part.picture.mime.empty() ? part.original.mime() : part.picture.mime;
  out.estimated_tokens = tokens;
  out.sha256 = part.picture.sha256;
  out.phash = part.picture.phash;
  return out;
}

void warn_about_pictures(const std::vector<PicturePart>& parts, std::vector<std::string>& warnings) {
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (const int frames = parts[i].original.facts.frames; frames > 1)
      warnings.push_back(
          fmt::format("picture {} has {} frames or pages; only the first was looked at", i + 1, frames));
}

void warn_about_usage(const Completion& completion, std::int64_t estimate,
                      std::vector<std::string>& warnings) {
  const auto& usage = completion.usage;
  const auto [low, high] = std::minmax(usage.input_tokens, std::max<std::int64_t>(estimate, 1));
  if (!usage.from_provider || usage.input_tokens <= 0 || high < usage_alarm_least) return;
  if (high > usage_alarm_factor * low)
    warnings.push_back(fmt::format("the provider billed {} input tokens, our estimate was {}",
                                   usage.input_tokens, estimate));
}

}  // namespace

/// Engines of one name and address answer alike.
std::string ServiceShard::Impl::identity(const std::string& name) const {
  const Provider* provider = shared.providers.find(name);
  return provider ? name + " " + provider->settings.base_url : name;
}

/// What the question says, and what its alias says: the smaller counts.
std::shared_ptr<Allowance> ServiceShard::Impl::allowance(const Question& question) const {
  std::optional<double> limit = question.max_cost;
  const std::string& name = question.model.empty() ? shared.config.models.default_model : question.model;
  if (const auto alias = shared.config.aliases.find(name);
      alias != shared.config.aliases.end() && alias->second.max_cost)
    limit = std::min(limit.value_or(*alias->second.max_cost), *alias->second.max_cost);
  return limit ? std::make_shared<Allowance>(Allowance{.limit = *limit}) : nullptr;
}

Result<ChatEngine*> ServiceShard::Impl::engine(const std::string& name) {
  if (const auto found = engines.find(name); found != engines.end()) return found->second.get();
  std::unique_ptr<ChatEngine> made;
  if (const Provider* provider = shared.providers.find(name)) {
    made = SN_TRY(provider->engine->create(provider->settings, resources()));
  } else {
    const EngineDef* def = find_engine(name == local_provider ? "llama" : name);
    if (!def)
      return Error(Code::not_built_in, "This build has no `" + name + "` engine",
                   "Choose another model with -m");
    EngineSettings settings;
    settings.name = name;
    settings.first_token = Milliseconds(300'000);
    made = SN_TRY(def->create(settings, resources()));
  }
  made = shared.chain.wrap(name, shared.providers.find(name), std::move(made));
  made = shared.stores.wrap(name, identity(name), std::move(made));
  return engines.emplace(name, std::move(made)).first->second.get();
}

Milliseconds ServiceShard::Impl::hedge_after(const Question& question) const {
  const std::string& name = question.model.empty() ? shared.config.models.default_model : question.model;
  const auto alias = shared.config.aliases.find(name);
  return alias == shared.config.aliases.end() ? Milliseconds(0) : alias->second.hedge_after;
}

Result<std::vector<pipeline::Candidate>> ServiceShard::Impl::candidates(const Question& question) {
  const auto refs = SN_TRY(
      choose(shared.choice(), question.model, question.offline ? Reach::this_machine : Reach::anywhere));
  std::vector<pipeline::Candidate> list;
  std::optional<Error> first;
  for (const auto& ref : refs) {
    auto made = engine(ref.provider);
    if (made) list.push_back({ref.full_name(), ref.model, *made});
    else if (!first) first = std::move(made).error();
  }
  if (list.empty()) return std::move(*first);
  return list;
}

namespace {

pipeline::SeamCallback pass_seam(AnswerSink& sink) {
  return [&sink](const pipeline::Seam& seam) {
    return sink.seam({seam.from, seam.to, seam.reason, seam.characters});
  };
}

}  // namespace

Result<pipeline::ImageQuestion> without_pictures(const Question& question) {
  pipeline::ImageQuestion out;
  if (!question.schema.empty()) out.schema = SN_TRY(pipeline::schema_from(question.schema));
  if (question.tile)
    out.tile = media::TileRule{.most = {question.tile->size, question.tile->size},
                               .overlap = question.tile->overlap,
                               .adaptive = question.tile->adaptive};
  out.prompt = question.prompt;
  out.system = question.system;
  out.detail = detail_of(question.detail);
  out.max_tokens = question.max_tokens;
  out.temperature = question.temperature;
  out.stream = question.stream;
  out.facts = question.facts;
  out.cache = cache_use(question.cache);
  out.caller = question.caller;
  out.lane = question.bulk ? Lane::bulk : Lane::interactive;
  return out;
}

namespace {

/// False when another question paid for this answer, earlier or at the same time.
bool asked_now(const Answer& answer) {
  return answer.cache != name(CacheOutcome::hit) && answer.cache != name(CacheOutcome::joined);
}

std::string_view provider_of(std::string_view model) { return model.substr(0, model.find('/')); }

}  // namespace

Answer to_answer(pipeline::ImageAnswer& from, const Question& question) {
  Answer answer;
  answer.id = make_id("img-");
  answer.result = std::move(from.completion.text);
  answer.data = std::move(from.data);
  answer.model = from.model;
  answer.finish_reason = name(from.completion.finish_reason);
  const Usage& usage = from.completion.usage;
  answer.usage = {usage.input_tokens, usage.image_tokens, usage.output_tokens, usage.cached_tokens,
                  usage.from_provider};
  answer.cache = name(from.completion.cache);
  answer.cost_usd = asked_now(answer) ? cost_usd(from.card, usage) : 0;
  for (std::size_t i = 0; i < from.pictures.size(); ++i)
    answer.pictures.push_back(
        report(from.pictures[i], from.picture_bytes[i], from.picture_tokens[i], from.card.prepare.as_is));

  for (auto& attempt : from.tries)
    answer.attempts.push_back(
        {std::move(attempt.model), std::move(attempt.outcome), static_cast<double>(attempt.time.count())});
  answer.warnings = question.warnings;
  warn_about_pictures(from.pictures, answer.warnings);
  warn_about_usage(from.completion, from.estimated_input, answer.warnings);
  for (auto& warning : from.completion.warnings) answer.warnings.push_back(std::move(warning));
  answer.timings_ms.prepare = ms(from.times.prepare);
  answer.timings_ms.generate = ms(from.times.generate);
  answer.timings_ms.queue = ms(from.completion.queued);
  if (from.times.first_token) answer.timings_ms.first_token = ms(*from.times.first_token);
  return answer;
}

void record(Metrics& metrics, const Answer& answer) {
  const std::string_view model = answer.model;
  const std::string_view provider = model.substr(0, model.find('/'));
  const auto tokens = [&](std::string_view direction, std::string_view modality, std::int64_t n) {
    if (n > 0)
      metrics.count("sensorium_tokens_total",
                    {{"direction", direction}, {"modality", modality}, {"provider", provider}},
                    static_cast<double>(n));
  };
  if (asked_now(answer)) {
    tokens("input", "image", answer.usage.image_tokens);
    tokens("input", "text", answer.usage.input_tokens - answer.usage.image_tokens);
    tokens("output", "text", answer.usage.output_tokens);
  }
  if (answer.cost_usd && *answer.cost_usd > 0)
    metrics.count("sensorium_cost_usd_total", {{"provider", provider}}, *answer.cost_usd);
  for (std::size_t i = 1; i < answer.attempts.size(); ++i)
    if (const auto &from = answer.attempts[i - 1].model, &to = answer.attempts[i].model; from != to)
      metrics.count("sensorium_fallbacks_total", {{"from", provider_of(from)}, {"to", provider_of(to)}});
  if (answer.timings_ms.first_token)
    metrics.observe("sensorium_time_to_first_token_seconds", {{"provider", provider}},
                    *answer.timings_ms.first_token / 1000);
  metrics.observe("sensorium_media_stage_seconds", {{"stage", "prepare"}}, answer.timings_ms.prepare / 1000);
}

ServiceShard::ServiceShard(Service::Shared& shared, boost::asio::io_context& io)
    : impl_(std::make_unique<Impl>(shared, io)) {}
ServiceShard::~ServiceShard() = default;

Task<Answer> ServiceShard::ask(const CallContext& ctx, Question& question, AnswerSink& sink) {
  const TimePoint begin = SteadyClock::now();
  const auto candidates = SN_CO_TRY(impl_->candidates(question));
  Opened opened{.question = SN_CO_TRY(without_pictures(question)),
                .urls = impl_->url_use(question, candidates)};
  opened.question.allowance = impl_->allowance(question);
  SN_CO_TRY(co_await impl_->open(ctx, question, opened));
  question.pictures.clear();
  const auto permit = SN_CO_TRY(co_await admit(impl_->shared.chain, ctx, question, opened.question,
                                               candidates.front().engine->card(candidates.front().model)));
  Forward forward(sink);
  NullSink nowhere;
  TokenSink& out = question.stream ? static_cast<TokenSink&>(forward) : nowhere;
  const pipeline::StageCallback stage =
      question.stream ? pipeline::StageCallback([&sink](std::string_view name) { return sink.stage(name); })
                      : pipeline::StageCallback();
  opened.question.hedge_after = impl_->hedge_after(question);
  if (question.stream && question.takeover) opened.question.takeover = pass_seam(sink);
  const auto made = SN_CO_TRY(co_await (
      opened.question.schema ? pipeline::ask_structured(ctx, impl_->media, opened.question, candidates, stage)
      : opened.question.tile
          ? pipeline::ask_tiled(ctx, impl_->media, opened.question, candidates, out, stage)
          : pipeline::ask_pictures(ctx, impl_->media, opened.question, candidates, out, stage)));
  if (opened.question.schema && question.stream) SN_CO_TRY(co_await out.text(made->data));
  Answer answer = to_answer(*made, question);
  answer.warnings.insert(answer.warnings.begin(), opened.warnings.begin(), opened.warnings.end());
  answer.timings_ms.fetch = ms(opened.fetch);
  answer.timings_ms.decode = ms(opened.decode);
  answer.timings_ms.total = ms(std::chrono::duration_cast<microseconds>(SteadyClock::now() - begin));
  settle(permit.get(), answer);
  record(impl_->shared.metrics, answer);
  co_return answer;
}

Task<Transcript> ServiceShard::transcribe(const CallContext& ctx, const TranscribeQuestion& question,
                                          TranscriptReceiver& receiver) {
  const auto chat = [this,
                     offline = question.offline](const std::string& model) -> Result<pipeline::Candidate> {
    Question translation;
    translation.model = model;
    translation.offline = offline;
    return SN_TRY(impl_->candidates(translation)).front();
  };
  return transcribe_recording(ctx, {impl_->shared, impl_->resources(), chat}, question, receiver);
}

Task<Plan> ServiceShard::plan(const CallContext& ctx, const Question& question) {
  const auto candidates = SN_CO_TRY(impl_->candidates(question));
  Opened opened{.question = SN_CO_TRY(without_pictures(question)),
                .urls = impl_->url_use(question, candidates)};
  SN_CO_TRY(co_await impl_->open(ctx, question, opened));
  opened.question.facts = true;
  const auto& first = candidates.front();
  EngineCard card = first.engine->card(first.model);
  if (opened.question.tile) co_return co_await impl_->tiled_plan(ctx, opened.question, first, question);
  const auto parts = SN_CO_TRY(co_await pipeline::prepare_pictures(ctx, impl_->media, opened.question, card));
  Plan plan;
  plan.model = first.name;
  std::vector<std::int64_t> tokens;
  for (const auto& part : parts) {
    tokens.push_back(picture_tokens(card.tokens, part.picture.size, part.detail));
    const auto& bytes = part.picture.bytes ? part.picture.bytes : part.original.bytes;
    plan.pictures.push_back(
        report(part, static_cast<std::int64_t>(bytes->size()), tokens.back(), card.prepare.as_is));
  }
  plan.input_tokens = pipeline::estimate_input(opened.question, tokens);
  plan.output_tokens_max = card.generates ? question.max_tokens : 0;
  plan.warnings = question.warnings;
  plan.warnings.insert(plan.warnings.begin(), opened.warnings.begin(), opened.warnings.end());
  warn_about_pictures(parts, plan.warnings);
  const auto low = cost_usd(card, {.input_tokens = plan.input_tokens});
  const auto high =
      cost_usd(card, {.input_tokens = plan.input_tokens, .output_tokens = plan.output_tokens_max});
  if (low && high) plan.cost_usd = {*low, *high};
  co_return plan;
}

}  // namespace sensorium::service
