// The picture question, step by step.
#include "pipeline/image.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "exec/guard.h"
#include "flow/hedge.h"
#include "pipeline/ask_structured.h"
#include "pipeline/fit.h"

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
    characters_ += std::ranges::count_if(piece, [](char c) { return (c & 0xC0) != 0x80; });
    return inner_.text(piece);
  }
  std::int64_t characters() const noexcept { return characters_; }

 private:
  void begin() {
    time_ = duration_cast<microseconds>(SteadyClock::now() - start_);
    if (let_go_) let_go_();
  }

  TokenSink& inner_;
  TimePoint start_;
  std::optional<microseconds> time_;
  std::function<void()> let_go_;
  std::int64_t characters_ = 0;
};

/// One engine's turn: what was made for it, and what it gave.
struct Turned {
  ChatRequest request = {};
  std::unique_ptr<ImageAnswer> answer = {};
  std::shared_ptr<std::vector<Try>> tries = {};
  bool last_resort = true;
  bool keep_pictures = false;  ///< somebody else may still need them after the first token
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

Try try_of(const Candidate& candidate, const Status& done, TimePoint begin) {
  return {candidate.name, std::string(done ? std::string_view("ok") : facts(done.error().code).name),
          duration_cast<Milliseconds>(SteadyClock::now() - begin)};
}

/// The provider's counts win, and pictures never cost more than the whole input.
void complete_usage(ImageAnswer& answer) {
  Usage& usage = answer.completion.usage;
  const auto pictures =
      std::accumulate(answer.picture_tokens.begin(), answer.picture_tokens.end(), std::int64_t{0});
  if (!usage.from_provider) {
    usage.input_tokens = answer.estimated_input;
    usage.output_tokens = text_tokens(answer.completion.text);
  }
  if (!usage.from_provider || usage.image_tokens == 0) usage.image_tokens = pictures;
  usage.image_tokens = std::min(usage.image_tokens, usage.input_tokens);
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
  turn.request = make_request(question, candidate, answer.card, std::move(pictures));
  turn.request.tries = turn.tries;
  turn.request.last_resort = turn.last_resort;
  answer.times.prepare = duration_cast<microseconds>(SteadyClock::now() - begin);
  if (!turn.last_resort) SN_CO_TRY(check_fit(answer.card, turn.request, answer.estimated_input));
  co_return Status{};
}

/// One engine, from preparation to answer.
Task<> ask_one(const CallContext& ctx, MediaResources& media, ImageQuestion& question,
               const Candidate& candidate, Turned& turn, FirstToken& sink, const StageCallback& stage) {
  SN_CO_TRY(co_await make_ready(ctx, media, question, candidate, turn));
  if (stage) SN_CO_TRY(co_await stage("waiting for " + candidate.name));
  // An engine that reads the originals itself may speak of the first while it still reads the second.
  if (!turn.answer->card.prepare.as_is && !turn.keep_pictures)
    sink.then([&] { let_go_of_bytes(question, turn.request); });
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
  // Tiles are put together again by engines that read originals: to those they are one picture.
  const bool tiles = card.prepare.as_is && !question.places.empty();
  if (!tiles && static_cast<int>(question.pictures.size()) > card.max_pictures)
    co_return Error(Code::model_limit,
                    card.max_pictures == 0
                        ? fmt::format("{} does not take pictures", card.name)
                        : fmt::format("{} takes at most {} pictures in one question, not {}", card.name,
                                      card.max_pictures, question.pictures.size()),
                    "Choose another model with -m, or ask about fewer pictures at once");
  media::PrepareRule rule = prepare_rule(card, question.pictures.size());
  rule.hash = rule.hash || question.facts;
  std::vector<PicturePart> parts;
  for (std::size_t i = 0; i < question.pictures.size(); ++i) {
    const auto& picture = question.pictures[i];
    auto prepared = SN_CO_TRY(co_await prepare_one(ctx, media, picture, rule, question.detail));
    const media::Detail sent = wire_detail(card, question.detail, prepared.size);
    parts.push_back(
        {picture, std::move(prepared), sent, i < question.places.size() ? question.places[i] : std::nullopt});
  }
  co_return parts;
}

ChatRequest make_request(const ImageQuestion& question, const Candidate& candidate, const EngineCard& card,
                         std::vector<PicturePart> pictures) {
  ChatRequest request;
  request.model = candidate.model;
  request.max_tokens = question.max_tokens;
  request.temperature = question.temperature;
  request.stream = question.stream;
  request.cache = question.cache;
  request.caller = question.caller;
  request.allowance = question.allowance;
  request.lane = question.lane;
  if (!question.system.empty()) request.turns.push_back({Turn::Role::system, question.system, {}});
  if (question.schema && card.generates)
    request.schema = AnswerSchema{schema_as_asked(*question.schema, card.coordinates)};
  std::string prompt = prompt_for(question, card, pictures);
  request.turns.push_back({Turn::Role::user, std::move(prompt), std::move(pictures)});
  return request;
}

std::int64_t estimate_input(const ImageQuestion& question, std::span<const std::int64_t> tokens) {
  return std::accumulate(tokens.begin(), tokens.end(),
                         text_tokens(question.prompt) + text_tokens(question.system));
}

namespace {

/// The asking of one question, candidate after candidate.
struct Asking {
  const CallContext& ctx;
  MediaResources& media;
  ImageQuestion& question;
  std::span<const Candidate> candidates;
  TokenSink& sink;
  const StageCallback& stage;
  std::shared_ptr<std::vector<Try>> tries = std::make_shared<std::vector<Try>>();
  std::vector<std::string> failures = {};
  std::size_t next = 0;  ///< candidate

  void failed(std::size_t who, const Error& error) {
    failures.push_back(candidates[who].name + " did not answer: " + sentence(error));
  }
};

/// What came of asking one candidate.
struct Round {
  std::size_t who = 0;
  Turned turn = {};
  Status done = {};
  bool spoke = false;
  std::int64_t characters = 0;
};

enum class Beside : bool { nobody, another };

Task<> take_turn(Asking& asking, const CallContext& ctx, TokenSink& sink, Round& round, Beside beside) {
  const Candidate& candidate = asking.candidates[round.who];
  const TimePoint begin = SteadyClock::now();
  FirstToken watched(sink, begin);
  const bool last = round.who + 1 == asking.candidates.size();
  round.turn.tries = asking.tries;
  round.turn.last_resort = last;
  round.turn.keep_pictures = beside == Beside::another || (asking.question.takeover && !last);
  const std::size_t noted = asking.tries->size();
  round.done =
      co_await ask_one(ctx, asking.media, asking.question, candidate, round.turn, watched, asking.stage);
  // Wrapped engines note their own calls; what failed before one is noted here.
  if (asking.tries->size() == noted) asking.tries->push_back(try_of(candidate, round.done, begin));
  round.spoke = watched.time().has_value();
  round.characters = watched.characters();
  co_return round.done;
}

Task<> ask_next(Asking& asking, Round& round) {
  round.who = asking.next++;
  (void)co_await take_turn(asking, asking.ctx, asking.sink, round, Beside::nobody);
  co_return Status{};
}

/// The first two candidates; the one that counts ends up in `round`.
Task<> ask_first_two(Asking& asking, Round& round) {
  Round second{.who = 1};
  const auto contender = [&asking](Round& mine) {
    return [&asking, &mine](const CallContext& ctx, TokenSink& sink) {
      return take_turn(asking, ctx, sink, mine, Beside::another);
    };
  };
  const auto outcome = SN_CO_TRY(co_await flow::hedge(
      asking.ctx, asking.question.hedge_after, contender(round), contender(second), [] { return true; },
      asking.sink));
  asking.next = outcome.second ? 2 : 1;
  if (!outcome.second || outcome.winner == flow::HedgeOutcome::Winner::first) co_return Status{};
  if (!round.done && round.done.error().code != Code::cancelled) asking.failed(0, round.done.error());
  else asking.failures.push_back(fmt::format("{} was silent for too long", asking.candidates[0].name));
  round = std::move(second);
  co_return Status{};
}

Error given_up(Asking& asking, const Round& round) {
  Error error = round.done.error();
  if (round.spoke)
    error.notes.push_back(fmt::format("{} characters of an answer by {} had been delivered", round.characters,
                                      asking.candidates[round.who].name));
  for (auto& failure : asking.failures) error.notes.push_back(std::move(failure));
  return error;
}

}  // namespace

Task<std::unique_ptr<ImageAnswer>> ask_pictures(const CallContext& ctx, MediaResources& media,
                                                ImageQuestion& question,
                                                std::span<const Candidate> candidates, TokenSink& sink,
                                                const StageCallback& stage) {
  Asking asking{ctx, media, question, candidates, sink, stage};
  while (asking.next < candidates.size()) {
    Round round;
    const bool hedged = asking.next == 0 && candidates.size() > 1 && question.hedge_after > Milliseconds(0);
    SN_CO_TRY(co_await (hedged ? ask_first_two(asking, round) : ask_next(asking, round)));
    if (round.done) {
      for (auto& failure : asking.failures)
        round.turn.answer->completion.warnings.push_back(std::move(failure));
      round.turn.answer->tries = std::move(*asking.tries);
      co_return std::move(round.turn.answer);
    }
    const Error& error = round.done.error();
    const bool may_go_on = asking.next < candidates.size() && facts(error.code).fallback;
    if (!may_go_on || (round.spoke && !question.takeover)) co_return given_up(asking, round);
    if (round.spoke)
      SN_CO_TRY(co_await question.takeover({candidates[round.who].name, candidates[asking.next].name,
                                            std::string(facts(error.code).name), round.characters}));
    asking.failed(round.who, error);
  }
  co_return Error(Code::unknown_model, "No model can be asked",
                  "Choose one with -m; sensorium models ls shows them");
}

}  // namespace sensorium::pipeline
