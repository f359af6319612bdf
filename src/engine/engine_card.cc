// Money. Cached input is part of the input count and has a price of its own.
#include "engine/engine_card.h"

#include <algorithm>

#include "engine/chat_engine.h"

namespace sensorium {

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
