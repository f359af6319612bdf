// The checks and estimates that all engines share.
#include "engine/chat_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace sensorium {
namespace {

constexpr double highest_temperature = 2;
constexpr std::string_view no_question_hint = "Give a prompt, for example: \"What is in this picture?\"";

bool blank(std::string_view text) noexcept {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

Status check_pictures(const EngineCard& card, const ChatRequest& request) {
  std::size_t pictures = 0;
  for (const Turn& turn : request.turns) {
    if (!turn.pictures.empty() && turn.role != Turn::Role::user)
      return Error(Code::invalid_request, "A picture is attached to a message that is not the user's",
                   "Attach pictures to user messages");
    pictures += turn.pictures.size();
    for (const PicturePart& part : turn.pictures)
      if (!card.prepare.as_is && (!part.picture.bytes || part.picture.bytes->empty()))
        return Error(Code::invalid_request, "A picture is empty", "Check the file");
  }
  if (pictures <= static_cast<std::size_t>(std::max(card.max_pictures, 0))) return {};
  if (card.max_pictures <= 0)
    return Error(Code::model_limit, fmt::format("{} does not take pictures", card.name),
                 "Choose a model that does: sensorium models ls");
  return Error(Code::model_limit,
               fmt::format("{} takes at most {} picture{} in one question, not {}", card.name,
                           card.max_pictures, card.max_pictures == 1 ? "" : "s", pictures),
               "Send fewer pictures, or choose another model");
}

}  // namespace

std::string_view name(FinishReason reason) noexcept {
  switch (reason) {
    case FinishReason::length:
      return "length";
    case FinishReason::content_filter:
      return "content_filter";
    case FinishReason::tool_calls:
      return "tool_calls";
    case FinishReason::stop:
      break;
  }
  return "stop";
}

std::string_view name(CacheOutcome outcome) noexcept {
  switch (outcome) {
    case CacheOutcome::miss:
      return "miss";
    case CacheOutcome::hit:
      return "hit";
    case CacheOutcome::joined:
      return "joined";
    case CacheOutcome::off:
      break;
  }
  return "off";
}

Status check_request(const EngineCard& card, const ChatRequest& request) {
  const auto asks = [](const Turn& turn) { return turn.role == Turn::Role::user && !blank(turn.text); };
  if (std::ranges::none_of(request.turns, asks))
    return Error(Code::invalid_request, "There is no question", std::string(no_question_hint)).at("prompt");
  if (request.max_tokens < 1)
    return Error(Code::invalid_request, "max_tokens must be at least 1", "Leave it out for the default")
        .at("max_tokens");
  if (request.temperature && !(*request.temperature >= 0 && *request.temperature <= highest_temperature))
    return Error(Code::invalid_request, "temperature must be between 0 and 2",
                 "Leave it out for the model's default")
        .at("temperature");
  return check_pictures(card, request);
}

Usage estimate_usage(const EngineCard& card, const ChatRequest& request, std::string_view answer) {
  Usage usage;
  for (const Turn& turn : request.turns) {
    usage.input_tokens += text_tokens(turn.text);
    for (const PicturePart& part : turn.pictures)
      usage.image_tokens += picture_tokens(card.tokens, part.picture.size, part.detail);
  }
  usage.input_tokens += usage.image_tokens;
  usage.output_tokens = text_tokens(answer);
  return usage;
}

}  // namespace sensorium
