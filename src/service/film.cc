// A film question on its way through pipelines: limits, the journal, what each call may cost, the reply.
#include "service/film.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "media/contact_sheet.h"
#include "pipeline/film_story.h"
#include "service/film_input.h"
#include "service/film_reply.h"
#include "service/service_shared.h"

namespace sensorium::service {
namespace {

constexpr int workers = 2, thumb_side = 320, largest_side = 2048, low_side = 512;
constexpr double slowest_auto = 0.5, fastest_auto = 5;
constexpr std::string_view standard_prompt =
    "Describe what this frame of a film shows in one or two sentences: who or what is there, what happens, "
    "and any "
    "text that can be read.";

constexpr std::string_view reader_prompt = "What text is in the picture?";

/// The reader's answer without its own words around the quotation; "" when it found no text.
std::string quotation(std::string_view answer) {
  const auto begin = answer.find(":\n");
  const auto end = answer.rfind("\n\n(");
  if (!answer.starts_with("Text in the picture") || begin == std::string_view::npos || end <= begin + 1)
    return answer.starts_with("No text") ? "" : std::string(text::trim(answer));
  return std::string(text::trim(answer.substr(begin + 2, end - begin - 2)));
}

class NoText final : public AnswerSink {
 public:
  Task<> text(std::string_view) override { co_return Status{}; }
};

std::string frame_prompt(const FilmQuestion& question, bool quotes) {
  if (quotes && question.prompt.empty()) return std::string(reader_prompt);
  std::string prompt = question.prompt.empty() ? std::string(standard_prompt) : question.prompt;
  if (!question.why.empty()) prompt += "\nThe timeline is for this: " + question.why;
  return prompt;
}

class Events final : public pipeline::FilmEvents {
 public:
  Events(FilmSink& sink, double duration) : sink_(sink), duration_(duration) {}
  Task<> frame(const pipeline::FrameRecord& record) override {
    SN_CO_TRY(co_await sink_.frame(to_frame(record)));
    co_return co_await read_to(record.time);
  }
  Task<> read_to(double seconds) override {
    // Often enough to see that it goes on, seldom enough to cost nothing.
    constexpr Milliseconds pause(200);
    if (SteadyClock::now() < next_) co_return Status{};
    next_ = SteadyClock::now() + pause;
    const bool hours = duration_ >= 3600;
    co_return co_await sink_.stage(duration_ > 0
                                       ? fmt::format("read to {} of {}", pipeline::clock_mark(seconds, hours),
                                                     pipeline::clock_mark(duration_, hours))
                                       : fmt::format("read to {}", pipeline::clock_mark(seconds, hours)));
  }

 private:
  FilmSink& sink_;
  double duration_;
  TimePoint next_{};
};

}  // namespace

/// One film question; lives on its shard until the reply is made.
class FilmWork {
 public:
  FilmWork(Service::Shared& shared, ServiceShard& shard, const FilmQuestion& question)
      : shared_(shared), shard_(shard), question_(question) {}

  Task<Timeline> run(const CallContext& ctx, FilmSink& sink);
  Task<FilmPlan> plan(const CallContext& ctx);

 private:
  Task<> open(const CallContext& ctx);
  Task<> look_at_first(const CallContext& ctx);
  pipeline::FilmRule rule() const;
  double interval() const;
  double length() const;
  std::int64_t affordable() const;
  /// The engine quotes what it reads (the reader): it cannot tell or summarize.
  bool quotes() const { return question_.ask && first_.output_tokens_max == 0; }
  Question frame_question(std::vector<std::shared_ptr<const std::string>> pictures, std::string prompt,
                          int max_tokens) const;
  Task<pipeline::JournalEntry> ask(CallContext ctx, pipeline::FilmQuestion question);

  Service::Shared& shared_;
  ServiceShard& shard_;
  const FilmQuestion& question_;
  std::shared_ptr<const media::Video> video_;
  MemoryBudget::Permit permit_;
  Plan first_;  ///< of the question about the first frame
  double spent_ = 0;
  std::vector<std::string> warnings_;
};

Task<> FilmWork::open(const CallContext& ctx) {
  media::VideoLimits limits;
  limits.max_pixels = shared_.limits.max_pixels;
  video_ = SN_CO_TRY(co_await pipeline::run_when_free(
      shared_.pool, ctx, [&](const CallContext& c) { return media::open_video(c, question_.path, limits); }));
  permit_ = SN_CO_TRY(shared_.memory.take(media::video_memory(video_->facts(), workers)));
  const double duration = video_->facts().duration;
  if (duration > 0 && question_.from >= duration)
    co_return Error(
        Code::invalid_request,
        fmt::format("The film is {:.1f} s long and cannot be read from {:.1f} s", duration, question_.from),
        "Give a smaller --from.")
        .at("from");
  co_return Status{};
}

double FilmWork::length() const {
  const double duration = video_->facts().duration;
  const double end = question_.to > 0 && (duration <= 0 || question_.to < duration) ? question_.to : duration;
  return std::max(0.0, end - question_.from);
}

double FilmWork::interval() const {
  if (question_.fps) return 1 / *question_.fps;
  if (length() <= 0) return 1;
  return 1 / std::clamp(static_cast<double>(question_.target_frames) / length(), slowest_auto, fastest_auto);
}

/// Frames that --max-cost pays for, with a fifth kept for chapters and summary; 0: no limit.
std::int64_t FilmWork::affordable() const {
  constexpr double share = 0.8;
  if (!question_.max_cost || !first_.cost_usd || first_.cost_usd->second <= 0) return 0;
  return std::max<std::int64_t>(
      1, static_cast<std::int64_t>(share * *question_.max_cost / first_.cost_usd->second));
}

pipeline::FilmRule FilmWork::rule() const {
  pipeline::FilmRule rule;
  rule.sample.interval = interval();
  rule.sample.from = question_.from;
  rule.sample.to = question_.to;
  if (question_.sampling == FilmSampling::snap) rule.sample.tolerance = rule.sample.interval / 2;
  if (question_.sampling == FilmSampling::keyframes) rule.sample.mode = media::SampleRule::Mode::keyframes;
  rule.select.threshold = question_.threshold;
  rule.select.every = !question_.scene_only;
  rule.select.max_frames = question_.max_frames;
  if (const auto most = affordable(); most > 0)
    rule.select.max_frames = question_.max_frames > 0 ? std::min(most, question_.max_frames) : most;
  rule.select.duration = length();
  rule.scenes = question_.scenes == SceneDetector::content    ? pipeline::SceneFinder::content
                : question_.scenes == SceneDetector::adaptive ? pipeline::SceneFinder::adaptive
                                                              : pipeline::SceneFinder::hash;
  rule.concurrency = question_.concurrency;
  rule.workers = workers;
  rule.ask = question_.ask;
  rule.prompt = frame_prompt(question_, quotes());
  rule.tell_time = !quotes();
  rule.max_tokens = question_.max_tokens;
  rule.picture_side = first_.pictures.empty()
                          ? largest_side
                          : std::max(first_.pictures[0].sent_width, first_.pictures[0].sent_height);
  rule.thumb_side = question_.thumbnails ? thumb_side : 0;
  return rule;
}

Question FilmWork::frame_question(std::vector<std::shared_ptr<const std::string>> pictures,
                                  std::string prompt, int max_tokens) const {
  Question question;
  for (auto& bytes : pictures) question.pictures.push_back({std::move(bytes), "frame"});
  question.prompt = std::move(prompt);
  question.model = question_.model;
  question.max_tokens = max_tokens;
  question.detail = question_.detail;
  question.cache = question_.cache;
  question.offline = question_.offline;
  question.caller = question_.caller;
  return question;
}

/// What a question about a frame takes: the size the model wants, its tokens, its price.
Task<> FilmWork::look_at_first(const CallContext& ctx) {
  std::shared_ptr<const std::string> picture;
  pipeline::FilmRead read{video_, {}, media::Measure::pixels, 1};
  read.rule.mode = media::SampleRule::Mode::times;
  read.rule.times = {question_.from};
  const int side = question_.detail == DetailChoice::low ? low_side : largest_side;
  SN_CO_TRY(co_await pipeline::read_film(
      ctx, shared_.pool, std::move(read), [&](media::VideoFrame frame) -> Task<> {
        auto bytes = SN_CO_TRY(co_await pipeline::run_when_free(shared_.pool, ctx, [&](const CallContext& c) {
          return frame.pixels->jpeg(c, media::frame_size(video_->facts().size, side), 85);
        }));
        picture = std::make_shared<const std::string>(std::move(bytes));
        co_return Status{};
      }));
  if (!picture)
    co_return Error(Code::corrupt_media, "The film has no frame that can be decoded",
                    "Check that it plays in a video player.");
  const Question question = frame_question({picture}, frame_prompt(question_, false), question_.max_tokens);
  first_ = SN_CO_TRY(co_await shard_.plan(ctx, question));
  if (question_.max_cost && !first_.cost_usd)
    co_return Error(Code::budget_exhausted,
                    fmt::format("The price of {} is not known, so --max-cost cannot be kept", first_.model),
                    "Leave out --max-cost, or choose a model whose price is listed by: sensorium models ls");
  co_return Status{};
}

Task<pipeline::JournalEntry> FilmWork::ask(CallContext ctx, pipeline::FilmQuestion asked) {
  const double may_cost = first_.cost_usd ? first_.cost_usd->second : 0;
  if (question_.max_cost && spent_ + may_cost > *question_.max_cost)
    co_return Error(Code::budget_exhausted, fmt::format("The budget of ${} is spent", *question_.max_cost),
                    "Raise --max-cost; finished calls are kept.");
  spent_ += may_cost;  // reserved, then settled
  Question question = frame_question(std::move(asked.pictures), std::move(asked.prompt), asked.max_tokens);
  NoText sink;
  const CallContext limited = ctx.with_timeout(shared_.config.models.timeout);
  auto answer = co_await guarded(limited, shard_.ask(limited, question, sink));
  spent_ -= may_cost;
  if (!answer) co_return std::move(answer).error();
  spent_ += answer->cost_usd.value_or(0);
  pipeline::JournalEntry entry;
  entry.text = quotes() ? quotation(answer->result) : std::string(text::trim(answer->result));
  entry.model = answer->model;
  entry.input_tokens = answer->usage.input_tokens;
  entry.output_tokens = answer->usage.output_tokens;
  entry.cost_usd = answer->cost_usd;
  co_return entry;
}

Task<Timeline> FilmWork::run(const CallContext& ctx, FilmSink& sink) {
  const TimePoint begin = SteadyClock::now();
  SN_CO_TRY(co_await open(ctx));
  if (question_.ask) SN_CO_TRY(co_await look_at_first(ctx));
  pipeline::CallJournal journal;
  if (!question_.journal.empty() && question_.ask)
    journal = SN_CO_TRY(pipeline::CallJournal::open(question_.journal));
  pipeline::FilmCalls calls(
      [this](CallContext c, pipeline::FilmQuestion q) { return ask(std::move(c), std::move(q)); }, journal,
      question_.model);
  Timeline cues;
  SN_CO_TRY(co_await read_cues(ctx, shared_.pool, question_, video_->facts(), cues));
  Events events(sink, video_->facts().duration);
  auto watched = SN_CO_TRY(co_await pipeline::watch_film(ctx, shared_.pool, video_, rule(), calls, events));
  pipeline::FilmStory story;
  if (question_.ask && !quotes()) {
    SN_CO_TRY(co_await sink.stage("chapters and summary"));
    std::vector<pipeline::Said> said;
    for (const auto& cue : cues.transcript) said.push_back({cue.start, cue.text});
    story = SN_CO_TRY(co_await pipeline::tell_story(ctx, watched.scenes, said, calls));
  }
  const bool complete = watched.failed == 0;
  Timeline out = reply_of(question_, video_->facts(), interval(), std::move(watched), calls.usage());
  out.transcript = std::move(cues.transcript);
  out.transcript_source = std::move(cues.transcript_source);
  for (auto& chapter : story.chapters)
    out.chapters.push_back(
        {chapter.start, chapter.end, std::move(chapter.title), std::move(chapter.summary)});
  out.summary = std::move(story.summary);
  for (auto* more : {&story.warnings, &cues.warnings})
    for (auto& warning : *more) out.warnings.push_back(std::move(warning));
  out.source.sha256 = SN_CO_TRY(co_await digest_of(ctx, shared_.pool, question_.path));
  out.total_ms =
      static_cast<double>(
          std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - begin).count()) /
      1000;
  if (complete) journal.drop();
  co_return out;
}

Task<FilmPlan> FilmWork::plan(const CallContext& ctx) {
  SN_CO_TRY(co_await open(ctx));
  FilmPlan plan;
  plan.film_seconds = length();
  plan.frames = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(length() / interval())));
  plan.warnings = question_.warnings;
  if (!question_.ask) co_return plan;
  SN_CO_TRY(co_await look_at_first(ctx));
  const std::int64_t most = rule().select.max_frames;
  plan.model = first_.model;
  plan.calls = most > 0 ? std::min(most, plan.frames) : plan.frames;
  plan.input_tokens = plan.calls * first_.input_tokens;
  plan.output_tokens_max = plan.calls * first_.output_tokens_max;
  const auto count = static_cast<double>(plan.calls);
  if (first_.cost_usd) plan.cost_usd = {first_.cost_usd->first, first_.cost_usd->second * count};
  if (question_.scene_only)
    plan.warnings.emplace_back("at most so many calls: frames that show the same scene are not asked about");
  co_return plan;
}

Task<Timeline> Service::timeline(ServiceShard& shard, const CallContext& ctx, const FilmQuestion& question,
                                 FilmSink& sink) {
  FilmWork work(*shared_, shard, question);
  co_return co_await work.run(ctx, sink);
}

Task<FilmPlan> Service::plan_timeline(ServiceShard& shard, const CallContext& ctx,
                                      const FilmQuestion& question) {
  FilmWork work(*shared_, shard, question);
  co_return co_await work.plan(ctx);
}

Result<std::string> contact_sheet_of(const CallContext& ctx,
                                     const std::vector<std::shared_ptr<const std::string>>& thumbs,
                                     int columns) {
  return media::contact_sheet(ctx, thumbs, columns);
}

}  // namespace sensorium::service
