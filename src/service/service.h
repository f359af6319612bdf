// Service: everything the program can do, below the terminal and HTTP and above pipelines: built
// bottom-up from a Config, one per process, with one ServiceShard per event loop.
// Surprising: nothing is started here; models and connections come with the first question.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "service/comparison.h"
#include "service/config.h"
#include "service/film.h"
#include "service/metrics.h"
#include "service/question.h"
#include "service/recommend.h"
#include "service/transcript.h"

namespace boost::asio {
class io_context;
}

namespace sensorium::net {
class Fetcher;
}

namespace sensorium::service {

/// One model that can be asked, for `models ls` and GET /v1/models.
struct ModelInfo {
  std::string name;  ///< "openai/gpt-6-luna", "local/smolvlm-500m", "reader"
  std::string provider;
  std::string where;  ///< "remote", "local"
  std::string state;  ///< "ready" (key present or installed), "no key", "not installed", "running"
  bool pictures = false;
  int max_pictures = 0;              ///< in one question
  bool json_schema = false;          ///< keeps answers to a schema by itself
  std::vector<std::string> good_at;  ///< tasks it was judged to do well: "document", "chinese", ...
  std::string latency, gpu;  ///< "fast", "medium", "slow"; "none", "helps", "wanted"; "" where not judged
  std::int64_t memory_bytes = 0;  ///< to run it here; 0: not local or unknown
  std::int64_t context_tokens = 0;
  std::optional<double> input_price, output_price;  ///< USD per million tokens
  std::string note;
};

/// One line of `sensorium doctor`.
struct Finding {
  enum class Level : std::uint8_t { good, note, warning, problem } level = Level::good;
  std::string subject;  ///< "reader", "openai", "memory", a file name
  std::string message;  ///< one sentence
  std::string hint;     ///< what to do, or ""
};

class ServiceShard;

/// Whether a question may name a model by the path of its file; not where strangers ask.
enum class ModelPaths : bool { refused, allowed };

/// Thread-safe after construction.
class Service {
 public:
  /// Errors: misconfigured.
  static Result<std::unique_ptr<Service>> create(Config config, ModelPaths paths = ModelPaths::allowed);
  ~Service();

  /// Where we listen ourselves ("127.0.0.1:7373"), so that no URL leads back to us. Before any shard runs.
  void listens_on(std::string_view address);

  const Config& config() const noexcept;
  Metrics& metrics() noexcept;

  /// The per-shard part; lives on `io`'s thread and must die before this.
  std::unique_ptr<ServiceShard> open_shard(boost::asio::io_context& io);

  /// What can be asked now, best first in the order that `auto` would choose. Blocking (files).
  std::vector<ModelInfo> models() const;
  /// Models for a task, the best that can be asked now first. Blocking (files).
  std::vector<Recommendation> recommend(Purpose purpose) const;
  /// The models that a name (alias, auto, provider/model) leads to, in order. Errors: unknown_model.
  Result<std::vector<std::string>> chain(std::string_view name, bool offline) const;
  /// Machine, keys, engines, and each file given. Blocking (milliseconds to seconds).
  std::vector<Finding> doctor(const std::vector<std::string>& files) const;

  /// A film to its timeline; questions about frames go through `shard`. `ctx` as for ServiceShard::ask().
  Task<Timeline> timeline(ServiceShard& shard, const CallContext& ctx, const FilmQuestion& question,
                          FilmSink& sink);
  /// What timeline() would take.
  Task<FilmPlan> plan_timeline(ServiceShard& shard, const CallContext& ctx, const FilmQuestion& question);

  struct Shared;

 private:
  explicit Service(std::unique_ptr<Shared> shared);
  std::unique_ptr<Shared> shared_;
};

/// Shard-bound; serves any number of questions at once.
class ServiceShard {
 public:
  ServiceShard(Service::Shared& shared, boost::asio::io_context& io);
  ~ServiceShard();

  /// Answers; text flows into `sink` while it is generated when question.stream. `ctx` must be
  /// guarded by the caller (HttpExchange::until_gone or guarded()). Takes the pictures out of `question`, so
  /// that a long answer does not keep them in memory.
  Task<Answer> ask(const CallContext& ctx, Question& question, AnswerSink& sink);
  /// Compares the pictures of `question` (at least two) as its `parts` and `tolerance` say.
  Task<Comparison> compare(const CallContext& ctx, Question& question, AnswerSink& sink);
  /// What ask() would send and cost.
  Task<Plan> plan(const CallContext& ctx, const Question& question);
  /// Transcribes; segments flow into `receiver` in order while they are recognised. Guarded by the caller as
  /// ask().
  Task<Transcript> transcribe(const CallContext& ctx, const TranscribeQuestion& question,
                              TranscriptReceiver& receiver);

  /// The bytes of a source: as given, or fetched through the media firewall. Errors as
  /// net::Fetcher::fetch(), named after the source.
  Task<std::shared_ptr<const std::string>> read_source(const CallContext& ctx, const PictureSource& source,
                                                       Mebibytes most);
  /// For bodies that should not stand in memory, and for parts of files. Use it from this shard only.
  net::Fetcher& fetcher() noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sensorium::service
