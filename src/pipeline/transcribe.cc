// Lanes: each takes the next piece and has it recognised; finished pieces leave in the order of the
// recording.
#include "pipeline/transcribe.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/ids.h"
#include "exec/guard.h"

namespace sensorium::pipeline {
namespace {

constexpr std::size_t read_samples = 8192;
constexpr int attempts = 4;
constexpr Milliseconds first_wait{200};
constexpr double sure = 0.5;       // below, a piece's language is put to the vote
constexpr double possible = 0.05;  // what the others' language must have in it to be taken
constexpr int most_lanes = 8;
constexpr double worth_asking = 1.5;  // seconds of speech behind the last segment that cannot be left unheard
constexpr int most_rests = 3;

struct Piece {
  int index;
  media::SpeechChunk chunk;
};

/// The recording as pieces; next() blocks and belongs on the pool.
class Pieces {
 public:
  Pieces(std::unique_ptr<media::SoundStream> stream, std::unique_ptr<media::SpeechDetector> detector,
         const media::ChunkRule& rule)
      : stream_(std::move(stream)), chunker_(std::move(detector), rule) {}

  Result<std::optional<Piece>> next(const CallContext& ctx) {
    std::vector<float> buffer(read_samples);
    for (;;) {
      if (auto chunk = chunker_.take()) return std::optional(Piece{count_++, std::move(*chunk)});
      if (ended_) return std::optional<Piece>();
      const std::size_t got = SN_TRY(stream_->read(ctx, buffer));
      if (got > 0) {
        chunker_.feed(std::span(buffer).first(got));
      } else {
        chunker_.finish();
        ended_ = true;
      }
    }
  }

  double heard() const noexcept {
    return static_cast<double>(chunker_.samples()) / static_cast<double>(media::sound_rate);
  }
  double total() const noexcept { return stream_->facts().duration; }
  double speech() const noexcept { return chunker_.speech_seconds(); }
  bool damaged() const noexcept { return stream_->damaged(); }
  int count() const noexcept { return count_; }

 private:
  std::unique_ptr<media::SoundStream> stream_;
  media::SpeechChunker chunker_;
  bool ended_ = false;
  int count_ = 0;
};

/// How much speech there was in each language.
class Vote {
 public:
  void add(const SpokenPiece& piece, double seconds) {
    if (piece.language.empty() || piece.segments.empty()) return;
    auto& entry = heard_[piece.language];
    entry.seconds += seconds;
    entry.weight += seconds * piece.language_probability;
  }
  std::string winner() const {
    const auto best =
        std::ranges::max_element(heard_, {}, [](const auto& entry) { return entry.second.weight; });
    return best == heard_.end() ? "" : best->first;
  }
  double probability(const std::string& language) const {
    const auto found = heard_.find(language);
    return found == heard_.end() || found->second.seconds == 0 ? 0
                                                               : found->second.weight / found->second.seconds;
  }

 private:
  struct Entry {
    double seconds = 0, weight = 0;
  };
  std::map<std::string, Entry> heard_;
};

struct Ready {
  std::vector<Segment> segments;
  double until;
};

class Transcription {
 public:
  Transcription(const CallContext& ctx, SoundResources resources, SpeechEngine& engine,
                const TranscribeRequest& request, TranscriptSink& sink)
      : scope_(ctx),
        resources_(std::move(resources)),
        engine_(engine),
        request_(request),
        sink_(sink),
        job_(make_id("job-")) {}

  Task<TranscriptResult> run() {
    const CallContext& ctx = scope_.context();
    pieces_ = SN_CO_TRY(co_await resources_.pool.run(ctx, [this](const CallContext& c) { return open(c); }));
    turn_.emplace(co_await boost::asio::this_coro::executor, TimePoint::max());
    co_await lanes(std::clamp(engine_.card().parallel, 1, most_lanes));
    if (error_) co_return std::move(*error_);
    result_.duration = std::max(pieces_->heard(), 0.0);
    result_.speech_seconds = pieces_->speech();
    result_.pieces = pieces_->count();
    result_.model = engine_.card().name;
    result_.language = request_.language.empty() ? vote_.winner() : request_.language;
    result_.language_probability = request_.language.empty() ? vote_.probability(result_.language) : 1;
    warn();
    co_return std::move(result_);
  }

 private:
  Result<std::unique_ptr<Pieces>> open(const CallContext& ctx) {
    auto stream = SN_TRY(media::open_sound(ctx, request_.source, request_.sound));
    auto detector = resources_.silero ? media::make_silero(resources_.silero) : media::make_energy_detector();
    media::ChunkRule rule;
    rule.longest = engine_.card().longest;
    rule.earliest_cut = std::min(rule.longest / 2, rule.longest - 14);
    return std::make_unique<Pieces>(std::move(stream), std::move(detector), rule);
  }

  boost::asio::awaitable<void> lanes(int count) {
    using namespace boost::asio::experimental::awaitable_operators;
    if (count <= 1) {
      co_await lane();
      co_return;
    }
    co_await (lane() && lanes(count - 1));
  }

  boost::asio::awaitable<void> lane() {
    while (!error_) {
      auto piece = co_await take();
      Status done = piece ? Status{} : Status(piece.error());
      if (piece && !*piece) break;
      if (piece) done = co_await hear(std::move(**piece));
      if (!done) fail(std::move(done).error());
    }
  }

  void fail(Error error) {
    if (!error_) error_ = std::move(error);
    scope_.stop();
  }

  /// One lane reads at a time; the others wait for their turn.
  Task<std::optional<Piece>> take() {
    while (reading_) (void)co_await turn_->async_wait(as_result);
    reading_ = true;
    auto piece = co_await resources_.pool.run(scope_.context(),
                                              [this](const CallContext& c) { return pieces_->next(c); });
    reading_ = false;
    turn_->cancel();
    co_return piece;
  }

  SpeechRequest request_for(const Piece& piece, const std::string& language) const {
    SpeechRequest request;
    request.samples = piece.chunk.samples;
    request.language = language;
    request.languages = request_.languages;
    request.task = request_.task;
    request.prompt = request_.prompt;
    request.beam = request_.beam;
    request.temperature = request_.temperature;
    request.confidence = static_cast<double>(piece.chunk.confidence);
    request.job = job_;
    return request;
  }

  Task<SpokenPiece> ask(const Piece& piece, const std::string& language) {
    const auto request = request_for(piece, language);
    Milliseconds wait = first_wait;
    for (int attempt = 1;; ++attempt) {
      auto answer = co_await engine_.transcribe(scope_.context(), request);
      if (answer || attempt == attempts || !facts(answer.error().code).retry) co_return answer;
      SN_CO_TRY(co_await sleep_for(scope_.context(), answer.error().retry_after.value_or(wait)));
      wait *= 2;
    }
  }

  /// Whether another language than the one found is more likely, by what the rest of the recording speaks.
  std::string outvoted(const SpokenPiece& piece) const {
    if (!request_.language.empty() || piece.language_probability >= sure) return "";
    const std::string winner = vote_.winner();
    if (winner.empty() || winner == piece.language) return "";
    const auto listed = std::ranges::find(piece.languages, winner, &std::pair<std::string, double>::first);
    return listed != piece.languages.end() && listed->second >= possible ? winner : "";
  }

  /// Where the last segment ends, if more than a little speech follows it: models stop early when a speaker
  /// changes.
  static std::optional<double> rest_from(const SpokenPiece& spoken, const media::SpeechChunk& chunk) {
    if (spoken.segments.empty()) return std::nullopt;
    const double from = spoken.segments.back().end, rate = static_cast<double>(media::sound_rate);
    double speech = 0;
    for (const auto& span : chunk.speech) {
      const double begin = static_cast<double>(span.begin - chunk.begin) / rate;
      const double end = static_cast<double>(span.end - chunk.begin) / rate;
      speech += std::max(0.0, end - std::max(begin, from));
    }
    return from > 1 && speech > worth_asking ? std::optional(from) : std::nullopt;
  }

  /// Asks for what was left unheard and adds it to `spoken`.
  Task<> hear_rest(const Piece& piece, SpokenPiece& spoken) {
    for (int round = 0; round < most_rests; ++round) {
      const auto from = rest_from(spoken, piece.chunk);
      if (!from) break;
      const auto skip = static_cast<std::size_t>(*from * static_cast<double>(media::sound_rate));
      if (skip >= piece.chunk.samples.size()) break;
      Piece rest{piece.index, {}};
      rest.chunk.samples.assign(piece.chunk.samples.begin() + static_cast<std::ptrdiff_t>(skip),
                                piece.chunk.samples.end());
      rest.chunk.confidence = piece.chunk.confidence;
      auto more = SN_CO_TRY(co_await ask(rest, request_.language));
      if (more.segments.empty()) break;
      for (auto& segment : more.segments) {
        segment.start += *from;
        segment.end += *from;
        for (auto& word : segment.words) {
          word.start += *from;
          word.end += *from;
        }
        spoken.segments.push_back(std::move(segment));
      }
    }
    co_return Status{};
  }

  Task<> hear(Piece piece) {
    auto spoken = SN_CO_TRY(co_await ask(piece, request_.language));
    if (const std::string other = outvoted(spoken); !other.empty())
      spoken = SN_CO_TRY(co_await ask(piece, other));
    const double seconds =
        static_cast<double>(piece.chunk.samples.size()) / static_cast<double>(media::sound_rate);
    vote_.add(spoken, seconds);
    if (!spoken.dropped.empty()) ++dropped_;
    ready_[piece.index] = {settle(spoken, piece.chunk),
                           static_cast<double>(piece.chunk.end()) / static_cast<double>(media::sound_rate)};
    co_return co_await pass_on();
  }

  /// What stands next in the recording goes to the sink; one lane at a time does so.
  Task<> pass_on() {
    if (passing_) co_return Status{};
    passing_ = true;
    Status status;
    while (status && ready_.contains(next_)) {
      auto ready = std::move(ready_.extract(next_++).mapped());
      for (auto& segment : ready.segments) {
        segment.id = static_cast<int>(result_.segments.size());
        result_.segments.push_back(std::move(segment));
        if (status) status = co_await sink_.segment(result_.segments.back());
      }
      if (status) status = co_await sink_.progress(ready.until, pieces_->total());
    }
    passing_ = false;
    co_return status;
  }

  void warn() {
    if (pieces_->damaged())
      result_.warnings.emplace_back(
          "the recording is damaged; what could not be decoded is missing from the transcript");
    if (result_.segments.empty() && result_.speech_seconds < 0.5)
      result_.warnings.emplace_back("no speech was found in the recording");
    if (!resources_.silero)
      result_.warnings.emplace_back(
          "the speech detector's weights are missing; pauses were found by loudness alone");
    if (dropped_ > 0)
      result_.warnings.push_back(fmt::format("{} of {} pieces gave text that nobody said and were left out",
                                             dropped_, pieces_->count()));
  }

  StopScope scope_;
  SoundResources resources_;
  SpeechEngine& engine_;
  const TranscribeRequest& request_;
  TranscriptSink& sink_;
  const std::string job_;
  std::unique_ptr<Pieces> pieces_;
  std::optional<boost::asio::steady_timer> turn_;
  bool reading_ = false, passing_ = false;
  std::optional<Error> error_;
  std::map<int, Ready> ready_;
  int next_ = 0, dropped_ = 0;
  Vote vote_;
  TranscriptResult result_;
};

}  // namespace

Task<TranscriptResult> transcribe(CallContext ctx, SoundResources resources, SpeechEngine& engine,
                                  TranscribeRequest request, TranscriptSink& sink) {
  Transcription run(ctx, std::move(resources), engine, request, sink);
  co_return co_await run.run();
}

}  // namespace sensorium::pipeline
