// Money. Cached input is part of the input count and has a price of its own.
#include "engine/engine_card.h"

#include <algorithm>

#include "engine/chat_engine.h"

namespace sensorium {

media::PrepareRule prepare_rule(const EngineCard& card, std::size_t pictures) {
  media::PrepareRule rule = card.prepare;
  const auto count = static_cast<std::int64_t>(std::max<std::size_t>(pictures, 1));
  if (card.crowd > 0 && count > card.crowd && card.crowd_side > 0)
    rule.pixels.max_side =
        rule.pixels.max_side > 0 ? std::min(rule.pixels.max_side, card.crowd_side) : card.crowd_side;
  if (card.max_request_bytes > 0) {
    constexpr std::int64_t for_text = 256L << 10, encoded = 4, raw = 3, least = 4096;  // base64: 4 for 3
    const std::int64_t share = (card.max_request_bytes - for_text) / encoded * raw / count;
    rule.max_bytes = std::min(rule.max_bytes, std::max(share, least));
  }
  return rule;
}

media::Detail wire_detail(const EngineCard& card, media::Detail asked, media::Size sent) noexcept {
  using media::Detail;
  if (asked != Detail::automatic) return asked;
  const bool whole = sent.long_side() <= card.prepare.pixels.low_side;
  const bool cheaper = whole && picture_tokens(card.tokens, sent, Detail::low) <
                                    picture_tokens(card.tokens, sent, Detail::high);
  return cheaper ? Detail::low : Detail::high;
}

std::optional<double> cost_usd(const EngineCard& card, const Usage& usage) {
  if (!card.price) return std::nullopt;
  const Price& price = *card.price;
  const bool long_prompt = price.long_above > 0 && usage.input_tokens > price.long_above;
  const double input = long_prompt ? price.long_input : price.input;
  const double output = long_prompt ? price.long_output : price.output;
  const double cached_input = long_prompt ? price.long_cached_input : price.cached_input;
  const auto cached =
      std::clamp<std::int64_t>(usage.cached_tokens, 0, std::max<std::int64_t>(usage.input_tokens, 0));
  constexpr double million = 1e6;
  return (static_cast<double>(usage.input_tokens - cached) * input +
          static_cast<double>(cached) * cached_input + static_cast<double>(usage.output_tokens) * output) /
         million;
}

}  // namespace sensorium
