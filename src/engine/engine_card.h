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
  /// With more pictures than `crowd` in one question, each may have at most `crowd_side` on its long side.
  int crowd = 0;  ///< 0: no such rule
  int crowd_side = 0;
  std::int64_t max_request_bytes = 0;  ///< of the whole request, as sent; 0: unknown
  std::int64_t context_tokens = 0;     ///< 0: unknown
  std::optional<Price> price;          ///< nullopt: unknown; zero only when free
  bool json_schema = false;            ///< holds answers to ChatRequest::schema natively
  bool json_object = false;            ///< if not that: makes answers some JSON when there is a schema
  bool temperature = true;             ///< takes one
  bool generates = true;               ///< false for the reader: it quotes, `max_tokens` does not apply
  std::vector<std::string> languages;  ///< empty: any
};

/// How each of `pictures` pictures in one question is prepared: the card's rule, tightened where the
/// number of pictures matters, so that the request stays within max_request_bytes.
media::PrepareRule prepare_rule(const EngineCard& card, std::size_t pictures);

/// What goes over the wire, always explicit: automatic is low for a picture that the model sees whole at
/// the price of low (it fits into the small square anyway), else high.
media::Detail wire_detail(const EngineCard& card, media::Detail asked, media::Size sent) noexcept;

/// Money for a usage by this card, USD; nullopt when the price is unknown.
struct Usage;
std::optional<double> cost_usd(const EngineCard& card, const Usage& usage);

}  // namespace sensorium
