// The picture question, step by step.
#include "pipeline/image.h"

#include <fmt/format.h>

#include <numeric>

#include "exec/guard.h"

namespace sensorium::pipeline {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

// A structure walk and a hash of this many bytes take well under a millisecond: not worth a thread switch.
constexpr std::size_t inline_bytes = 1UL << 20;

/// Notes when the first text came, and lets go of the pictures then: nobody else will be asked.
class FirstToken final : public TokenSink {
 public:
  FirstToken(TokenSink& inner, TimePoint start) : inner_(inner), start_(start) {}
  const std::optional<microseconds>& time() const noexcept { return time_; }
  void then(std::function<void()> let_go) { let_go_ = std::move(let_go); }
  Task<> text(std::string_view piece) override {
    if (!time_) begin();
    return inner_.text(piece);
  }

 private:
  void begin() {
    time_ = duration_cast<microseconds>(SteadyClock::now() - start_);
    if (let_go_) let_go_();
  }

  TokenSink& inner_;
  TimePoint start_;
  std::optional<microseconds> time_;
  std::function<void()> let_go_;
};

/// One engine's turn: what was made for it, and what it gave.
struct Turned {
  ChatRequest request;
  std::unique_ptr<ImageAnswer> answer;
};

void let_go_of_bytes(ImageQuestion& question, ChatRequest& request) {
  for (auto& picture : question.pictures) picture.bytes.reset();
  for (auto& part : request.turns.back().pictures) {
    part.original.bytes.reset();
    part.picture.bytes.reset();
  }
}

Error named(Error error, const std::string& label) {
  if (!label.empty()) error.message = label + ": " + error.message;
  return error;
}

Task<media::PreparedPicture> prepare_one(const CallContext& ctx, MediaResources& media,
                                         const media::Picture& picture, const media::PrepareRule& rule,
                                         media::Detail detail) {
  if (picture.bytes->size() <= inline_bytes && media::passes_through(picture, rule, detail))
    co_return media::prepare(ctx, picture, rule, detail);
  auto permit = SN_CO_TRY(media.memory.take(media::prepare_memory(picture)));
  co_return co_await media.pool.run(
      ctx, [&](const CallContext& c) { return media::prepare(c, picture, rule, detail); });
}

ChatRequest make_request(const ImageQuestion& question, const Candidate& candidate,
                         std::vector<PicturePart> pictures) {
  ChatRequest request;
  request.model = candidate.model;
  request.max_tokens = question.max_tokens;
  request.temperature = question.temperature;
  request.stream = question.stream;
  request.cache = question.cache;
  request.caller = question.caller;
  request.allowance = question.allowance;
  if (!question.system.empty()) request.turns.push_back({Turn::Role::system, question.system, {}});
  request.turns.push_back({Turn::Role::user, question.prompt, std::move(pictures)});
  return request;
}

void complete_usage(ImageAnswer& answer) {
  Usage& usage = answer.completion.usage;
  usage.image_tokens =
      std::accumulate(answer.picture_tokens.begin(), answer.picture_tokens.end(), std::int64_t{0});
  if (usage.from_provider) return;
  usage.input_tokens = answer.estimated_input;
  usage.output_tokens = text_tokens(answer.completion.text);
}

std::int64_t sent_bytes(const PicturePart& part) {
  return static_cast<std::int64_t>((part.picture.bytes ? part.picture.bytes : part.original.bytes)->size());
}

/// What is needed of a picture to tell about it and to ask an engine.
Task<> make_ready(const CallContext& ctx, MediaResources& media, const ImageQuestion& question,
                  const Candidate& candidate, Turned& turn) {
  turn.answer = std::make_unique<ImageAnswer>();
  ImageAnswer& answer = *turn.answer;
  answer.card = candidate.engine->card(candidate.model);
  answer.model = candidate.name;
  const TimePoint begin = SteadyClock::now();
  auto pictures = SN_CO_TRY(co_await prepare_pictures(ctx, media, question, answer.card));
  for (const auto& part : pictures) {
    answer.picture_bytes.push_back(sent_bytes(part));
    answer.picture_tokens.push_back(picture_tokens(answer.card.tokens, part.picture.size, part.detail));
  }
  answer.estimated_input = estimate_input(question, answer.picture_tokens);
  turn.request = make_request(question, candidate, std::move(pictures));
  answer.times.prepare = duration_cast<microseconds>(SteadyClock::now() - begin);
  co_return Status{};
}

/// One engine, from preparation to answer.
Task<> ask_one(const CallContext& ctx, MediaResources& media, ImageQuestion& question,
               const Candidate& candidate, Turned& turn, FirstToken& sink, const StageCallback& stage) {
  SN_CO_TRY(co_await make_ready(ctx, media, question, candidate, turn));
  if (stage) SN_CO_TRY(co_await stage("waiting for " + candidate.name));
  // An engine that reads the originals itself may speak of the first while it still reads the second.
  if (!turn.answer->card.prepare.as_is) sink.then([&] { let_go_of_bytes(question, turn.request); });
  const TimePoint begin = SteadyClock::now();
  turn.answer->completion = SN_CO_TRY(co_await candidate.engine->complete(ctx, turn.request, sink));
  turn.answer->pictures = std::move(turn.request.turns.back().pictures);
  turn.answer->times.generate = duration_cast<microseconds>(SteadyClock::now() - begin);
  turn.answer->times.first_token = sink.time();
  complete_usage(*turn.answer);
  co_return Status{};
}

}  // namespace

Task<std::vector<media::Picture>> open_pictures(const CallContext& ctx, MediaResources& media,
                                                std::span<const std::shared_ptr<const std::string>> bytes,
                                                std::span<const std::string> labels) {
  std::vector<media::Picture> pictures;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto& one = bytes[i];
    const auto open = [&](const CallContext&) { return media::open_picture(one, media.limits); };
    Result<media::Picture> picture = Error(Code::internal, "not opened");
    if (one->size() <= inline_bytes && media::opens_quickly(*one)) picture = open(ctx);
    else picture = co_await media.pool.run(ctx, open);
    if (!picture)
      co_return named(std::move(picture).error(), bytes.size() > 1 || i < labels.size() ? labels[i] : "");
    pictures.push_back(std::move(*picture));
  }
  co_return pictures;
}

Task<std::vector<PicturePart>> prepare_pictures(const CallContext& ctx, MediaResources& media,
                                                const ImageQuestion& question, const EngineCard& card) {
  if (static_cast<int>(question.pictures.size()) > card.max_pictures)
    co_return Error(Code::model_limit,
                    card.max_pictures == 0
                        ? fmt::format("{} does not take pictures", card.name)
                        : fmt::format("{} takes at most {} pictures in one question, not {}", card.name,
                                      card.max_pictures, question.pictures.size()),
                    "Choose another model with -m, or ask about fewer pictures at once");
  media::PrepareRule rule = card.prepare;
  rule.hash = rule.hash || question.facts;
  // What goes over the wire is always explicit; automatic means all that the pixel rule keeps.
  const media::Detail sent = question.detail == media::Detail::low ? media::Detail::low : media::Detail::high;
  std::vector<PicturePart> parts;
  for (const auto& picture : question.pictures) {
    auto prepared = SN_CO_TRY(co_await prepare_one(ctx, media, picture, rule, question.detail));
    parts.push_back({picture, std::move(prepared), sent});
  }
  co_return parts;
}

std::int64_t estimate_input(const ImageQuestion& question, std::span<const std::int64_t> tokens) {
  return std::accumulate(tokens.begin(), tokens.end(),
                         text_tokens(question.prompt) + text_tokens(question.system));
}

Task<std::unique_ptr<ImageAnswer>> ask_pictures(const CallContext& ctx, MediaResources& media,
                                                ImageQuestion& question,
                                                std::span<const Candidate> candidates, TokenSink& sink,
                                                const StageCallback& stage) {
  std::vector<Try> tries;
  std::vector<std::string> failures;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const TimePoint begin = SteadyClock::now();
    FirstToken watched(sink, begin);
    Turned turn;
    const Status done = co_await ask_one(ctx, media, question, candidates[i], turn, watched, stage);
    const auto outcome = done ? std::string_view("ok") : facts(done.error().code).name;
    tries.push_back(
        {candidates[i].name, std::string(outcome), duration_cast<Milliseconds>(SteadyClock::now() - begin)});
    if (done) {
      for (auto& failure : failures) turn.answer->completion.warnings.push_back(std::move(failure));
      turn.answer->tries = std::move(tries);
      co_return std::move(turn.answer);
    }
    const bool last = i + 1 == candidates.size();
    if (last || watched.time() || !facts(done.error().code).fallback) {
      Error error = done.error();
      for (auto& failure : failures) error.notes.push_back(std::move(failure));
      co_return error;
    }
    failures.push_back(candidates[i].name + " did not answer: " + sentence(done.error()));
  }
  co_return Error(Code::unknown_model, "No model can be asked",
                  "Choose one with -m; sensorium models ls shows them");
}

}  // namespace sensorium::pipeline
