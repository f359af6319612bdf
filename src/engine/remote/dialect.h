// What the wire dialects of chat share: where servers differ, a request as pieces, an answer read from
// an event stream. One Dialect is a row of pure functions; the flow of a call is call.h.
// Surprising: nothing here does I/O, so that the tests of a dialect need no network.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/chat_engine.h"
#include "engine/remote/think_filter.h"
#include "engine/remote/upstream_error.h"
#include "net/http_client.h"
#include "net/sse_parser.h"

namespace sensorium::upstream {

/// How the limit of the answer is spelled.
enum class TokenLimitField : std::uint8_t { max_tokens, max_completion_tokens, none };
enum class Thinking : std::uint8_t {
  as_is,
  off_by_field,     ///< "enable_thinking": false (DashScope)
  off_by_template,  ///< "chat_template_kwargs": {"enable_thinking": false} (vLLM, SGLang, llama-server)
};

/// How a schema of the answer is asked for, from weakest to strongest; what a card allows bounds it.
enum class SchemaMode : std::uint8_t {
  none,    ///< not at all: only the prompt says it
  loose,   ///< OpenAI's dialect: json_object; Anthropic's: a tool whose input is the answer
  native,  ///< the provider's own schema mode
};

/// Where the pixel bounds of a Qwen-VL picture go.
enum class PixelBounds : std::uint8_t {
  not_sent,
  in_part,       ///< min_pixels and max_pixels beside the picture (DashScope)
  in_processor,  ///< mm_processor_kwargs (vLLM)
};

/// Where a server or one of its models differs; starts from presets.def, then learns from refusals.
struct Quirks {
  TokenLimitField limit = TokenLimitField::max_tokens;
  Thinking thinking = Thinking::as_is;
  bool include_usage = true;  ///< takes stream_options.include_usage
  bool temperature = true;    ///< takes temperature
  bool detail = true;         ///< takes image_url.detail
  SchemaMode schema = SchemaMode::native;
  bool strict_schema = false;  ///< schemas must be in OpenAI's strict form
  PixelBounds pixel_bounds = PixelBounds::not_sent;
  bool high_resolution = false;  ///< sends vl_high_resolution_images
  std::int64_t min_pixels = 0;   ///< 0: the server's own
  std::int64_t max_pixels = 0;
  ErrorFamily errors = ErrorFamily::generic;
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
  /// The same in one string; for tests and measurements.
  std::string joined() const;
};

/// Appends the base64 of a picture, or leaves its place free if it is large.
void append_base64(RequestBody& body, const PicturePart& part);
/// Bytes to reserve for a request's text, base64 of small pictures included.
std::size_t size_bound(const ChatRequest& request) noexcept;

/// A refusal of one request field ("unsupported_parameter"), answered by leaving it out or renaming
/// it. nullopt: the refusal is about something else, or the field was not sent.
struct Adjustment {
  Quirks quirks;
  std::string warning;  ///< a sentence for Completion::warnings
  /// A refused field tells about the model; a refused schema only about that schema.
  enum class HoldsFor : std::uint8_t { model, request } holds_for = HoldsFor::model;
};
std::optional<Adjustment> adjust(const Quirks& quirks, int status, const ErrorBody& body,
                                 const ChatRequest& request);
/// What was learned earlier and this request meets: a sentence for each thing left out of it.
std::vector<std::string> known_losses(const Quirks& quirks, const Quirks& as_configured,
                                      const ChatRequest& request);

/// Reads a streamed answer in pieces of any size. Feed, then take deltas until there are none.
/// A dialect says what one event means.
class AnswerReader {
 public:
  virtual ~AnswerReader() = default;

  /// Errors: upstream_protocol for an event beyond all bounds.
  Status feed(std::string_view piece);
  /// No more bytes will come: next() now also gives an event that lacks its closing blank line.
  void end() noexcept { ended_ = true; }
  /// The text that came since the last call, several events at once; empty when more bytes are needed.
  /// The view lives until the next call. Errors: what an error object inside the stream means, after
  /// the text before it.
  Result<std::string_view> next();
  /// Nothing follows: the end mark was seen.
  bool done() const noexcept { return done_; }
  /// The finish reason was seen: all of the text has come, though usage may not have.
  bool complete() const noexcept { return finished_; }
  /// The answer, once the stream has ended and next() is empty. Errors: upstream_broken_stream without
  /// finish reason and end mark, content_filtered for a refusal, model_limit or upstream_protocol for an
  /// empty answer.
  Result<Completion> finish();

 protected:
  explicit AnswerReader(Source source) : source_(source) {}
  /// What one event means. Errors: those an event tells of.
  virtual Status take(const net::SseEvent& event) = 0;
  /// No event is left for now: what costs memory between events is let go of.
  virtual void rest() noexcept {}
  Status say(std::string_view text);
  Status refuse(std::string_view text);

  Source source_;
  Completion completion_;
  bool finished_ = false, done_ = false;
  int skipped_ = 0;  ///< events that were not understood

 private:
  bool take_event();
  Status bounded() const;
  net::SseParser events_;
  net::SseEvent event_;
  ThinkFilter filter_;
  std::string refusal_;
  std::size_t given_ = 0;  ///< of completion_.text
  std::optional<Error> error_;
  bool ended_ = false;
};

/// An answer that is formally whole is still a failure when it says nothing.
Result<Completion> judged(const Source& source, Completion completion, std::string_view refusal);
/// The Error of an error object inside a stream or an answer that came with 200.
Error stream_error(const Source& source, std::string_view data);
/// The Error of a body that is not JSON.
Error not_json(const Source& source, std::string_view body);

/// A wire dialect: pure functions, no I/O. `key` is the API key, "" for none.
struct Dialect {
  RequestBody (*build)(const ChatRequest& request, const Quirks& quirks);
  net::Headers (*headers)(std::string_view key);
  std::unique_ptr<AnswerReader> (*reader)(const Source& source);
  /// A whole answer. Errors: as AnswerReader::finish(), upstream_protocol for what is not an answer.
  Result<Completion> (*read)(const Source& source, std::string_view body);
};

}  // namespace sensorium::upstream
