// Asking for structured answers, and asking again.
#include "pipeline/ask_structured.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "pipeline/tile.h"

namespace sensorium::pipeline {
namespace {

constexpr int most_rounds = 3;  // the question and two repairs
constexpr std::size_t longest_quoted_answer = 16 * 1024;

PlaceFrame frame_of(const ImageAnswer& answer) {
  PlaceFrame frame{answer.card.coordinates, {}};
  for (const auto& part : answer.pictures) {
    const auto whole = part.original.facts.upright_size();
    frame.pictures.emplace_back(answer.card.prepare.as_is ? whole : part.picture.size, whole);
  }
  return frame;
}

std::string repair_words(const Extracted& got) {
  if (got.data.empty())
    return "Your answer holds no JSON. Answer again with nothing but the JSON that the schema asks for.";
  std::string words = "Your answer does not follow the schema:\n";
  for (const auto& problem : got.problems) words += "- " + problem + "\n";
  return words +
         "Answer again with the whole corrected JSON and nothing else. Do not guess: take the values from "
         "the picture.";
}

void add_usage(Usage& sum, const Usage& more) {
  sum.input_tokens += more.input_tokens;
  sum.image_tokens += more.image_tokens;
  sum.output_tokens += more.output_tokens;
  sum.cached_tokens += more.cached_tokens;
  sum.from_provider = sum.from_provider && more.from_provider;
}

/// The recognised lines of a reader as the text to extract from.
std::string lines_of(const Completion& completion) {
  std::string text;
  for (const auto& line : completion.lines) text += line.text + "\n";
  return text;
}

Error failed(const ImageAnswer& answer, const Extracted& got, int rounds) {
  if (!answer.card.generates)
    return Error(Code::model_limit,
                 "The reader only quotes text, and the lines it read do not give what the schema asks for",
                 "Choose a model that generates answers with -m; sensorium models ls shows them");
  const bool cut = answer.completion.finish_reason == FinishReason::length;
  std::string what = got.data.empty() ? "it holds no JSON" : got.problems.front();
  return Error(Code::upstream_protocol,
               fmt::format("{} did not give what the schema asks for in {} attempt{}: {}", answer.model,
                           rounds, rounds == 1 ? "" : "s", text::printable(text::shorten(what, 200))),
               cut ? "The answer was cut: raise max_tokens"
                   : "Make the schema simpler, or choose another model with -m");
}

const Candidate* find(std::span<const Candidate> candidates, std::string_view name) {
  const auto found = std::ranges::find(candidates, name, &Candidate::name);
  return found == candidates.end() ? nullptr : &*found;
}

bool has_bytes(const std::vector<PicturePart>& parts) {
  return std::ranges::all_of(parts, [](const PicturePart& part) { return part.original.bytes != nullptr; });
}

/// One more round with the engine that answered: the whole talk so far and what is wrong.
Task<> repair(const CallContext& ctx, MediaResources& media, const ImageQuestion& question,
              const Candidate& candidate, ImageAnswer& answer, const Extracted& got) {
  const TimePoint begin = SteadyClock::now();
  if (!has_bytes(answer.pictures))
    answer.pictures = SN_CO_TRY(co_await prepare_pictures(ctx, media, question, answer.card));
  ChatRequest request = make_request(question, candidate, answer.card, std::move(answer.pictures));
  request.turns.push_back(
      {Turn::Role::assistant, text::shorten(answer.completion.text, longest_quoted_answer), {}});
  if (request.turns.back().text.empty()) request.turns.back().text = "(nothing)";
  request.turns.push_back({Turn::Role::user, repair_words(got), {}});
  NullSink nowhere;
  auto more = co_await candidate.engine->complete(ctx, request, nowhere);
  for (auto& turn : request.turns)
    if (!turn.pictures.empty()) answer.pictures = std::move(turn.pictures);
  if (!more) co_return std::move(more).error();
  if (!more->usage.from_provider) {
    for (const auto& turn : request.turns) more->usage.input_tokens += text_tokens(turn.text);
    for (const auto tokens : answer.picture_tokens) more->usage.input_tokens += tokens;
    more->usage.output_tokens = text_tokens(more->text);
  }
  answer.tries.push_back(
      {answer.model, "ok", std::chrono::duration_cast<Milliseconds>(SteadyClock::now() - begin)});
  add_usage(answer.completion.usage, more->usage);
  answer.completion.text = std::move(more->text);
  answer.completion.finish_reason = more->finish_reason;
  for (auto& warning : more->warnings) answer.completion.warnings.push_back(std::move(warning));
  co_return Status{};
}

}  // namespace

std::string prompt_for(const ImageQuestion& question, const EngineCard& card,
                       std::span<const PicturePart> pictures) {
  if (!question.schema || !card.generates) return question.prompt;
  std::string prompt = question.prompt;
  if (!card.json_schema)
    prompt +=
        "\n\nAnswer with one JSON value that follows this JSON Schema, and with nothing else: no prose, no "
        "code fence. "
        "Take the values from the picture; do not invent any.\n" +
        schema_as_asked(*question.schema, card.coordinates);
  if (question.schema->has_places() && card.coordinates == EngineCard::Coordinates::sent_pixels)
    for (std::size_t i = 0; i < pictures.size(); ++i)
      prompt += fmt::format("\nPicture {} is {} x {} pixels.", i + 1, pictures[i].picture.size.width,
                            pictures[i].picture.size.height);
  return prompt;
}

Task<std::unique_ptr<ImageAnswer>> ask_structured(const CallContext& ctx, MediaResources& media,
                                                  const ImageQuestion& asked,
                                                  std::span<const Candidate> candidates,
                                                  const StageCallback& stage) {
  // Asking lets go of pictures as early as it can; these are kept for another round.
  ImageQuestion question = asked, kept = asked;
  question.stream = kept.stream = false;
  const Schema schema = *question.schema;
  NullSink nowhere;
  auto answer =
      SN_CO_TRY(co_await (question.tile ? ask_tiled(ctx, media, question, candidates, nowhere, stage)
                                        : ask_pictures(ctx, media, question, candidates, nowhere, stage)));
  const PlaceFrame frame = frame_of(*answer);
  for (int rounds = 1;; ++rounds) {
    const std::string text = answer->card.generates ? answer->completion.text : lines_of(answer->completion);
    Extracted got = read_answer(schema, text, frame);
    if (got.valid()) {
      if (got.closed)
        answer->completion.warnings.push_back("the answer ended early; what was whole was kept");
      if (rounds > 1)
        answer->completion.warnings.push_back(fmt::format("the schema was kept in attempt {}", rounds));
      answer->data = std::move(got.data);
      answer->completion.text = answer->data;
      co_return std::move(answer);
    }
    const Candidate* again = find(candidates, answer->model);
    if (rounds == most_rounds || !answer->card.generates || !again) co_return failed(*answer, got, rounds);
    if (stage) SN_CO_TRY(co_await stage("asking again, for the schema"));
    SN_CO_TRY(co_await repair(ctx, media, kept, *again, *answer, got));
  }
}

}  // namespace sensorium::pipeline
