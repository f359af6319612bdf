// TokenRule: how many tokens a picture of a given size is billed, as data. Formulas and their
// sources: docs/reference/token-rules.md; test vectors in token_rule_test.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "media/pixel_rule.h"

namespace sensorium {

struct TokenRule {
  /// One kind per published formula; the numbers below are that formula's parameters.
  enum class Kind : std::uint8_t {
    unknown,       ///< estimate like 32 px patches
    none,          ///< takes no pictures, or free (reader)
    tiles,         ///< OpenAI: base + per_tile * tiles of `tile` px, after max_side and short_side
    patches,       ///< OpenAI: ceil(patches of `factor` px * multiplier), within budget and max_side
    claude,        ///< Anthropic: patches of `factor` px, long edge max_side, cap budget
    gemini_tiles,  ///< Gemini 2.x: per_tile per tile whose side follows the picture
    fixed,         ///< per_tile tokens whatever the size (Gemini 3, Gemma 3, LLaVA 1.5)
    qwen,          ///< smart resize to multiples of `factor` within min and max pixels; + base markers
    grid,          ///< InternVL: best of the grids with at most max_tiles, per_tile each, + thumbnail
    split,         ///< Idefics3, SmolVLM: long side to max_side, tiles of `tile` px + overview
    slices,        ///< MiniCPM-V: as many `tile` px slices as the area needs, at most max_tiles + overview
    anyres,        ///< LLaVA 1.6: best of five grids of `tile` px, per_tile each, + overview
  } kind = Kind::unknown;
  int base = 0;      ///< tokens added once
  int per_tile = 0;  ///< tokens
  int tile = 0;      ///< px
  int max_tiles = 0;
  double multiplier = 1;
  std::int64_t budget = 0;  ///< patches at detail high; 0: none
  int max_side = 0;         ///< px, long side; 0: none
  int short_side = 0;       ///< px; tiles: the short side is shrunk to it
  int factor = 0;           ///< px of a patch
  int low_side = 0;         ///< px; patches at detail low: fit into this square first; 0: as high
  std::int64_t min_pixels = 0;
  std::int64_t max_pixels = 0;
  bool thumbnail = false;   ///< grid: one tile more when there is more than one
  int frame_tokens = 0;     ///< of a frame sent as video; 0: as a picture
  int frame_group = 1;      ///< frames of a video that are merged into one
  double sound_tokens = 0;  ///< per second of sound; 0: takes none
};

/// Tokens billed for one picture of `size` sent with `detail`; 0 for Kind::none.
std::int64_t picture_tokens(const TokenRule& rule, media::Size size, media::Detail detail) noexcept;

/// Tokens of `frames` frames of `size` that a provider takes as one video, without its sound.
std::int64_t video_tokens(const TokenRule& rule, media::Size size, std::int64_t frames) noexcept;
/// Tokens of a sound track or recording.
std::int64_t sound_tokens(const TokenRule& rule, double seconds) noexcept;

/// Rough tokens of a text: bytes/4 for Latin, 1 per CJK character.
std::int64_t text_tokens(std::string_view text) noexcept;

}  // namespace sensorium
