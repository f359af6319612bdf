// TokenRule: how many tokens a picture of a given size is billed, as data. Formulas and their
// sources: docs/reference/token-rules.md; test vectors in token_rule_test.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "media/pixel_rule.h"

namespace sensorium {

/// One rule kind per published formula; the numbers are that formula's parameters.
struct TokenRule {
  enum class Kind : std::uint8_t {
    unknown,      ///< estimate like 32 px patches
    none,         ///< takes no pictures, or free (reader)
    tiles,        ///< OpenAI 1.7 A: base + per_tile * 512 px tiles
    patches,      ///< OpenAI 1.7 B: ceil(32 px patches * multiplier), budget, max_side
    claude,       ///< Anthropic 2.3: 28 px patches, edge and cap
    gemini_tiles, ///< Gemini 2.x: 258 per tile
    fixed,        ///< per_tile tokens whatever the size (Gemini 3 levels, Gemma 3, LLaVA 1.5)
    qwen,         ///< Qwen-VL smart resize with factor, min and max pixels, + 2 markers
    grid,         ///< InternVL, SmolVLM, MiniCPM: tiles of `tile` px, per_tile each, thumbnail
  } kind = Kind::unknown;
  int base = 0;
  int per_tile = 0;
  int tile = 0;
  int max_tiles = 0;
  double multiplier = 1;
  std::int64_t budget = 0;       ///< patches (patches, claude) at detail high
  int max_side = 0;
  int factor = 0;                ///< qwen: 28 or 32
  std::int64_t min_pixels = 0;
  std::int64_t max_pixels = 0;
  bool thumbnail = false;
};

/// Tokens billed for one picture of `size` sent with `detail`; 0 for Kind::none.
std::int64_t picture_tokens(const TokenRule& rule, media::Size size, media::Detail detail) noexcept;

/// Rough tokens of a text: bytes/4 for Latin, 1 per CJK character.
std::int64_t text_tokens(std::string_view text) noexcept;

}  // namespace sensorium
