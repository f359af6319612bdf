// The Anthropic Messages dialect as pure functions: a request as bytes, an answer read from bytes.
// Surprising: max_tokens is required, the system prompt stands outside the messages, and total input
// is input_tokens plus what was written to and read from the prompt cache.
// Source: the Messages API reference as of November 2026.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/remote/dialect.h"

namespace sensorium::anthropic {

extern const upstream::Dialect dialect;

/// Pictures must belong to user turns (check_request sees to it).
upstream::RequestBody build_body(const ChatRequest& request, const upstream::Quirks& quirks);

/// What one event or answer says.
struct Event {
  enum class Kind : std::uint8_t { ignored, started, delta, finished, stopped, error } kind = Kind::ignored;
  std::string text;         ///< of the answer, also where it is the input of a tool
  std::string stop_reason;  ///< "" until it is known
  std::string refusal;      ///< why the model declined
  std::string model;
  std::optional<Usage> usage;  ///< totals so far: later ones replace earlier ones
};

/// nullopt when `text` is not a JSON object.
std::optional<Event> read_event(std::string_view text);
/// A whole message; nullopt when it is none.
std::optional<Event> read_message(std::string_view text);

/// The end mark is message_stop. After a message_delta with a stop_reason the text is complete, so a cut
/// behind it loses nothing.
class AnswerReader final : public upstream::AnswerReader {
 public:
  explicit AnswerReader(upstream::Source source) : upstream::AnswerReader(source) {}

 private:
  Status take(const net::SseEvent& event) override;
};

/// Reads a whole answer. Errors: as AnswerReader::finish(), upstream_protocol for anything else.
Result<Completion> read_answer(const upstream::Source& source, std::string_view body);

}  // namespace sensorium::anthropic
