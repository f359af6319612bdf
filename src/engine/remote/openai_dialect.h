// The OpenAI chat dialect as pure functions: a request as bytes, an answer read from bytes.
// Surprising: nothing here does I/O, so that every server that speaks it (remote providers,
// llama-server children) shares this file and its tests need no network.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/chat_engine.h"
#include "engine/remote/upstream_error.h"
#include "net/http_client.h"
#include "net/sse_parser.h"

namespace sensorium::openai {

/// How the limit of the answer is spelled.
enum class TokenLimitField : std::uint8_t { max_tokens, max_completion_tokens, none };
enum class Thinking : std::uint8_t {
  as_is,
  off_by_field,     ///< "enable_thinking": false (DashScope)
  off_by_template,  ///< "chat_template_kwargs": {"enable_thinking": false} (vLLM, SGLang, llama-server)
};

/// Where a server or one of its models differs; starts from presets.def, then learns from refusals.
struct Quirks {
  TokenLimitField limit = TokenLimitField::max_tokens;
  Thinking thinking = Thinking::as_is;
  bool include_usage = true;  ///< takes stream_options.include_usage
  bool temperature = true;    ///< takes temperature
  bool detail = true;         ///< takes image_url.detail
  upstream::ErrorFamily errors = upstream::ErrorFamily::generic;
};

/// A request's body: small pictures are encoded into the text, large ones are left out of it and
/// encoded while they are sent. Refers to the request's pictures.
struct RequestBody {
  struct LargePicture {
    std::size_t at;  ///< where in `text` its base64 belongs
    std::string_view bytes;
  };
  std::string text;
  std::vector<LargePicture> large;
  /// The body in order; views into this and the request.
  std::vector<net::BodyPiece> pieces() const;
};

/// Pictures must belong to user turns (check_request sees to it).
RequestBody build_body(const ChatRequest& request, const Quirks& quirks);
/// The same in one string; for tests and measurements.
std::string build_request(const ChatRequest& request, const Quirks& quirks);

/// A refusal of one request field ("unsupported_parameter"), answered by leaving it out or renaming
/// it. nullopt: the refusal is about something else, or the field was not sent.
struct Adjustment {
  Quirks quirks;
  std::string warning;  ///< a sentence for Completion::warnings
};
std::string temperature_warning(std::string_view model);
std::optional<Adjustment> adjust(const Quirks& quirks, int status, const upstream::ErrorBody& body,
                                 const ChatRequest& request);

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

/// Reads a streamed answer in pieces of any size. Feed, then take deltas until there are none.
class AnswerReader {
 public:
  explicit AnswerReader(upstream::Source source) : source_(source) {}

  /// Errors: upstream_protocol for an event beyond all bounds.
  Status feed(std::string_view piece);
  /// No more bytes will come: next() now also gives an event that lacks its closing blank line.
  void end() noexcept { ended_ = true; }
  /// The text that came since the last call, several chunks at once; empty when more bytes are needed.
  /// The view lives until the next call. Errors: what an error object inside the stream means, after
  /// the text before it.
  Result<std::string_view> next();
  /// Nothing follows: [DONE] was seen.
  bool done() const noexcept { return done_; }
  /// A finish_reason was seen: all of the text has come, though usage may not have.
  bool complete() const noexcept { return finished_; }
  /// The answer, once the stream has ended and next() is empty. Errors: upstream_broken_stream without
  /// finish_reason and [DONE], content_filtered for a refusal, model_limit or upstream_protocol for an empty
  /// answer.
  Result<Completion> finish();

 private:
  bool take_event();
  Status take(ChunkParser& parser, const net::SseEvent& event);
  upstream::Source source_;
  net::SseParser events_;
  net::SseEvent event_;
  Completion completion_;
  std::string refusal_;
  std::size_t given_ = 0;  ///< of completion_.text
  std::optional<Error> error_;
  int skipped_ = 0;
  bool finished_ = false, done_ = false, ended_ = false;
};

/// Reads a whole answer. Errors: as AnswerReader::finish(), upstream_protocol for anything that is
/// not an answer (HTML, no choices).
Result<Completion> read_answer(const upstream::Source& source, std::string_view body);

}  // namespace sensorium::openai
