// The OpenAI chat dialect as pure functions: a request as bytes, an answer read from bytes. Every server
// that speaks it (remote providers, llama-server children) shares this file.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/remote/dialect.h"

namespace sensorium::openai {

using upstream::adjust;
using upstream::Adjustment;
using upstream::Quirks;
using upstream::RequestBody;
using upstream::SchemaMode;
using upstream::Thinking;
using upstream::TokenLimitField;

extern const upstream::Dialect dialect;

/// Pictures must belong to user turns (check_request sees to it).
RequestBody build_body(const ChatRequest& request, const Quirks& quirks);
/// The same in one string; for tests and measurements.
std::string build_request(const ChatRequest& request, const Quirks& quirks);

/// What one chunk or answer says. Views live until the next parse of the same parser.
struct Chunk {
  std::string_view content;
  std::string_view refusal;
  std::string_view finish_reason;
  std::string_view model;
  std::optional<Usage> usage;
  bool error = false;  ///< it holds an error object instead
  bool has_choice = false;
};

/// Reads chunks ("delta") and whole answers ("message"). Reuses its memory; not thread-safe.
class ChunkParser {
 public:
  ChunkParser();
  ~ChunkParser();
  ChunkParser(ChunkParser&&) noexcept;
  /// False when `text` is not a JSON object.
  bool parse(std::string_view text, Chunk& chunk);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Events are chunks; the end mark is [DONE].
class AnswerReader final : public upstream::AnswerReader {
 public:
  explicit AnswerReader(upstream::Source source) : upstream::AnswerReader(source) {}

 private:
  Status take(const net::SseEvent& event) override;
  void rest() noexcept override { parser_.reset(); }
  std::optional<ChunkParser> parser_;  ///< its arena of 4 KiB is too much to keep for each open stream
};

/// Reads a whole answer. Errors: as AnswerReader::finish(), upstream_protocol for anything that is
/// not an answer (HTML, no choices).
Result<Completion> read_answer(const upstream::Source& source, std::string_view body);

}  // namespace sensorium::openai
