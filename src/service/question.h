// What a caller may ask of pictures and what comes back: the typed form of `sensorium ask` and of
// POST /v1/analyze/image. The terminal and HTTP speak only these types, so they cannot drift apart.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "exec/task.h"

namespace sensorium::service {

/// One picture, given by its bytes or by an http(s) URL (then `bytes` is null until it has been fetched).
/// `label` names it in messages: a file name, "images[1]", "file".
struct PictureSource {
  std::shared_ptr<const std::string> bytes;
  std::string label;
  std::string url = {};
};

enum class DetailChoice : std::uint8_t { automatic, low, high };
/// What EXIF says is added to the prompt; the place only by its own word.
enum class ExifChoice : std::uint8_t { off, basic, gps };
enum class CacheChoice : std::uint8_t { use, refresh, off };

/// --tile: large pictures in parts. Sizes in px.
struct TileChoice {
  int size = 512;
  int overlap = 64;
  bool adaptive = false;  ///< cut where there is little to see
};

/// What a comparison is to give.
enum class CompareParts : std::uint8_t { both, pixels, words };

/// A question about pictures. parse and the CLI fill it; limits are checked where it is parsed.
struct Question {
  std::vector<PictureSource> pictures;
  std::string prompt;
  std::string system;
  std::string model;  ///< "" means the configured default ("auto")
  DetailChoice detail = DetailChoice::automatic;
  int max_tokens = 1024;
  std::optional<double> temperature;
  bool stream = false;
  CacheChoice cache = CacheChoice::use;
  std::optional<double> max_cost;  ///< USD, over all calls for this question
  std::string caller;              ///< name of the key that asks; "" without keys
  std::string schema;              ///< JSON Schema or its short form; "" for free text
  std::optional<TileChoice> tile;
  CompareParts parts = CompareParts::both;  ///< of a comparison
  int tolerance = 16;                       ///< of a comparison, 0..255
  bool facts = false;                       ///< compute phash even where no pixels were needed
  ExifChoice exif = ExifChoice::off;
  std::string pages, frames;            ///< "1-3,7"; frames also a count; "": first ten pages, first frame
  bool offline = false;                 ///< never leave the machine
  bool bulk = false;                    ///< part of a batch: waits behind interactive questions
  bool takeover = false;                ///< an answer that breaks off is begun anew by the next model
  std::optional<Milliseconds> timeout;  ///< of the whole call, where the caller set one
  std::vector<std::string> warnings;    ///< met while parsing; carried into the answer
  std::vector<std::string> ignored;     ///< unknown field names, for Sensorium-Ignored
};

struct UsageReport {
  std::int64_t input_tokens = 0, image_tokens = 0, output_tokens = 0, cached_tokens = 0;
  bool from_provider = false;
};

struct PictureReport {
  int width = 0, height = 0, sent_width = 0, sent_height = 0;
  std::int64_t sent_bytes = 0, estimated_tokens = 0;
  std::string mime, sha256;
  std::optional<std::uint64_t> phash;
};

struct Attempt {
  std::string model, outcome;  ///< outcome: "ok" or an error code
  double ms = 0;
};

struct Timings {
  double fetch = 0, decode = 0, prepare = 0, queue = 0, generate = 0, total = 0;
  std::optional<double> first_token;
};

/// sensorium.answer/1
struct Answer {
  std::string id, result, model, finish_reason;
  UsageReport usage;
  std::optional<double> cost_usd;
  std::string cache = "off";
  std::vector<PictureReport> pictures;
  std::vector<Attempt> attempts;
  Timings timings_ms;
  std::vector<std::string> warnings;
  std::string data;  ///< compact JSON where the question had a schema
};

/// sensorium.plan/1: what a question would cost; nothing is sent.
struct Plan {
  std::string verb = "ask", model;
  std::vector<PictureReport> pictures;
  int calls = 1;
  std::int64_t input_tokens = 0, output_tokens_max = 0;
  std::optional<std::pair<double, double>> cost_usd;  ///< low, high
  std::vector<std::string> warnings;
};

/// An answer broke off and another model begins it anew; the text before is void.
struct SeamReport {
  std::string from, to, reason;
  std::int64_t characters = 0;  ///< that are void
};

/// Receives an answer while it is made. Called on the shard, one call at a time; awaiting is the
/// back-pressure, an Error ends the question.
class AnswerSink {
 public:
  virtual ~AnswerSink() = default;
  virtual Task<> text(std::string_view piece) = 0;
  /// A stage began: "prepare", "waiting", "starting the reader" ... Never more than a few per answer.
  virtual Task<> stage(std::string_view) { co_return Status{}; }
  /// Only where the question asked for a takeover.
  virtual Task<> seam(const SeamReport&) { co_return Status{}; }
};

}  // namespace sensorium::service
