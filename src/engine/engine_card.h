// EngineCard: what a model accepts and costs, as plain data; choice, preparation and estimates read it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/token_rule.h"
#include "media/prepare.h"

namespace sensorium {

/// USD per million tokens. Some providers ask more for the whole call once its input passes a length.
struct Price {
  double input = 0;
  double output = 0;
  double cached_input = 0;
  std::int64_t long_above = 0;  ///< input tokens; 0: one price for all lengths
  double long_input = 0;
  double long_output = 0;
  double long_cached_input = 0;
  std::string as_of = {};  ///< when somebody last looked: "2026-09-23"
};

struct EngineCard {
  enum class Where : std::uint8_t { remote, local } where = Where::remote;
  /// How the model names places in a picture when it is left to its habits.
  enum class Coordinates : std::uint8_t {
    sent_pixels,    ///< x before y, pixels of the picture as it was sent
    thousandths,    ///< x before y, 0..1000 of each side
    thousandths_yx  ///< y before x, 0..1000 of each side
  } coordinates = Coordinates::sent_pixels;

  std::string name;      ///< "openai/gpt-5.4-mini", "local/smolvlm", "reader"
  int max_pictures = 0;  ///< 0: takes no pictures
  media::PrepareRule prepare;
  TokenRule tokens;
  std::int64_t context_tokens = 0;     ///< 0: unknown
  std::optional<Price> price;          ///< nullopt: unknown; zero only when free
  bool json_schema = false;            ///< holds answers to ChatRequest::schema natively
  bool json_object = false;            ///< if not that: makes answers some JSON when there is a schema
  bool generates = true;               ///< false for the reader: it quotes, `max_tokens` does not apply
  std::vector<std::string> languages;  ///< empty: any
};

/// Money for a usage by this card, USD; nullopt when the price is unknown.
struct Usage;
std::optional<double> cost_usd(const EngineCard& card, const Usage& usage);

}  // namespace sensorium
