// ChatEngine: answers one question about pictures, streaming text into a sink. Engines stay small;
// retry, fallback, limits and caches are engines that wrap engines.
// Surprising: the sink may push back (await it) and may fail, which ends the call with that error.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine_card.h"
#include "exec/task.h"
#include "media/prepare.h"

namespace sensorium {

/// Where a piece of a larger picture was cut out, in pixels of that picture, upright.
struct TilePlace {
  std::size_t picture = 0;  ///< which of the caller's pictures, from 0
  media::Size whole;
  media::Region region;
};

/// One picture in a question, already prepared for the engine that gets it. `original` is what the
/// caller gave: engines whose card says prepare.as_is read its bytes and ignore `picture.bytes`.
struct PicturePart {
  media::Picture original;
  media::PreparedPicture picture;
  media::Detail detail = media::Detail::high;  ///< never `automatic` on the wire
  std::optional<TilePlace> place = {};         ///< set for a tile; `original` is then the tile itself
};

struct TextPart {
  std::string text;
};

struct Turn {
  enum class Role : std::uint8_t { system, user, assistant } role = Role::user;
  std::string text;
  std::vector<PicturePart> pictures;  ///< sent before the text
};

/// The JSON Schema that an answer is to follow. An engine whose card says json_schema makes its provider
/// keep to it (adapted to what the provider takes); one whose card says json_object makes it answer in
/// some JSON. Others do nothing with it: the prompt must say it, and the answer is always to be checked.
/// In OpenAI's strict form a property that is not required may come back as null.
struct AnswerSchema {
  std::string json;             ///< the schema, an object, as JSON text
  std::string name = "answer";  ///< 1 to 64 characters of A-Z a-z 0-9 _ -
};

/// What a question may do with earlier answers; `refresh` asks anew and keeps the new answer.
enum class CacheUse : std::uint8_t { off, use, refresh };

/// What one question may cost over all its calls, USD. On one shard at a time.
struct Allowance {
  double limit = 0;
  double spent = 0;  ///< settled and reserved by running calls
};

/// Who waits in the queues before an engine: interactive questions go before bulk work.
enum class Lane : std::uint8_t { interactive, bulk };

/// One call to an engine, as the reply lists it. `outcome` is "ok" or an error code's name.
struct EngineTry {
  std::string model, outcome;
  Milliseconds time{};
};

/// A question. `model` is the engine's own name for the model, without our "provider/" prefix.
struct ChatRequest {
  std::string model;
  std::vector<Turn> turns;
  int max_tokens = 1024;
  std::optional<double> temperature;
  bool stream = false;  ///< the caller wants text as it comes
  Lane lane = Lane::interactive;
  bool last_resort = true;  ///< no other engine is asked after this one: waiting is worth it
  /// Where each call is noted, repeats included; shared, because a flight may outlive who asked for it.
  std::shared_ptr<std::vector<EngineTry>> tries = {};
  std::optional<AnswerSchema> schema = {};
  CacheUse cache = CacheUse::off;             ///< read by flow/cached_engine, no matter to others
  std::string caller = {};                    ///< name of the key that asks; "" without keys
  std::shared_ptr<Allowance> allowance = {};  ///< null: no limit
};

/// Token counts as the provider reports them; `from_provider` false means our estimate.
struct Usage {
  std::int64_t input_tokens = 0;
  std::int64_t image_tokens = 0;
  std::int64_t output_tokens = 0;
  std::int64_t cached_tokens = 0;
  bool from_provider = false;
};

enum class FinishReason : std::uint8_t { stop, length, content_filter, tool_calls };
std::string_view name(FinishReason reason) noexcept;

/// Where an answer came from: asked for now, kept from earlier, or an identical question's in flight.
enum class CacheOutcome : std::uint8_t { off, miss, hit, joined };
std::string_view name(CacheOutcome outcome) noexcept;

/// What a provider said is left of its limits; what it did not say is absent.
struct LimitView {
  struct One {
    std::int64_t limit = 0;  ///< per minute; 0: it did not say
    std::int64_t remaining = 0;
    Milliseconds reset{};  ///< until all of the limit is free again
  };
  std::optional<One> requests, tokens;
};

/// A line of text that was recognised, not generated.
struct RecognisedLine {
  std::size_t picture = 0;  ///< which of the caller's pictures, from 0
  std::string text;
  media::Region region;  ///< in pixels of that picture, upright
};

/// The whole answer; `text` is filled whether or not it was streamed.
struct Completion {
  std::string text;
  std::string model;  ///< as the engine names it
  FinishReason finish_reason = FinishReason::stop;
  Usage usage;
  std::optional<Milliseconds> first_token;
  bool lossy = false;                      ///< parts of the stream could not be read: not to be given again
  CacheOutcome cache = CacheOutcome::off;  ///< `hit` and `joined` cost nothing
  std::vector<std::string> warnings;       ///< e.g. "12 lines of the stream were not JSON and were skipped"
  std::vector<RecognisedLine> lines;       ///< what a reader read, in reading order; else empty
  std::chrono::microseconds queued{};      ///< waited for our own limits
  LimitView provider_limits;
};

/// Where text goes while it is generated. Called on the engine's shard, one call at a time.
class TokenSink {
 public:
  virtual ~TokenSink() = default;
  /// Takes the next piece; awaiting it is the back-pressure. An Error ends the engine call.
  virtual Task<> text(std::string_view piece) = 0;
};

/// A sink that drops everything, for whole answers.
class NullSink final : public TokenSink {
 public:
  Task<> text(std::string_view) override { co_return Status{}; }
};

/// Thread-compatible: one instance serves many concurrent calls on one shard.
class ChatEngine {
 public:
  virtual ~ChatEngine() = default;
  /// What `model` accepts and costs; never fails: unknown models get their family's or generic rules.
  virtual EngineCard card(std::string_view model) const = 0;
  /// Streams into `sink` when request.stream. Honours ctx within 100 ms (closes the upstream connection).
  /// Once text went into the sink the bytes of the pictures may be gone, unless the card says prepare.as_is.
  virtual Task<Completion> complete(const CallContext& ctx, const ChatRequest& request, TokenSink& sink) = 0;
};

/// What every engine checks before it does anything: there is something to answer, the pictures are
/// in user turns and within the card, the numbers are in range.
/// Errors: invalid_request, model_limit (another engine may take more pictures).
Status check_request(const EngineCard& card, const ChatRequest& request);

/// Our own count of the tokens of a call, for engines that report none.
Usage estimate_usage(const EngineCard& card, const ChatRequest& request, std::string_view answer);

}  // namespace sensorium
