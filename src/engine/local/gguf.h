// Reads the header of a GGUF file: what model it is and whether the file is whole. No weights are read.
// Format: "GGUF" versions 2 and 3, little-endian (ggml docs/gguf.md). Every length is checked
// against the bytes at hand: the files come from anywhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sensorium::local {

struct GgufFacts {
  std::string architecture;  ///< "llama", "qwen2vl"; "clip" for projectors
  std::string name;          ///< general.name, a person's words
  std::string licence;       ///< general.license, as it is there
  bool projector = false;    ///< a multimodal projector (mmproj), not a language model
  bool sees = false;         ///< projectors only: has a vision encoder
  bool hears = false;        ///< projectors only: has an audio encoder
  /// Projectors only: whose rules of pixels and tokens hold, by the model table's name of the family
  /// ("qwen3-vl", "llava-1.5"); "" where its type says nothing.
  std::string vision_family;
  bool chat_template = false;
  bool test_only = false;                  ///< our marker of generated models whose answers mean nothing
  std::int64_t context_tokens = 0;         ///< trained context; 0: not said
  std::int64_t cache_bytes_per_token = 0;  ///< keys and values of one token in all layers, 16 bit; 0: unknown
  std::int64_t file_bytes = 0;             ///< the size a whole file has at least
};

/// `bytes` is the beginning of a file; nullopt when the header goes on behind it.
/// Errors: misconfigured, with what is wrong.
Result<std::optional<GgufFacts>> parse_gguf(std::string_view bytes);

/// Blocking: reads up to a few MB. Errors: misconfigured, naming the file: missing, no GGUF, damaged,
/// shorter than its header says.
Result<GgufFacts> read_gguf(const std::string& path);

}  // namespace sensorium::local
