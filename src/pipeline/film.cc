// Reading, judging, asking and telling are tasks of one shard that wait for each other through one signal.
#include "pipeline/film.h"

#include <fmt/format.h>

#include <cmath>
#include <deque>

#include "exec/signal.h"
#include "exec/together.h"
#include "media/content_score.h"
#include "media/shot_detector.h"

namespace sensorium::pipeline {
namespace {

constexpr int picture_quality = 85, thumb_quality = 75;
constexpr int hopeless = 3;  // failures without a single success

class Watching {
 public:
  Watching(CpuPool& pool, std::shared_ptr<const media::Video> video, FilmRule rule, FilmCalls& calls,
           FilmEvents& events, boost::asio::any_io_executor executor)
      : pool_(pool),
        video_(std::move(video)),
        rule_(std::move(rule)),
        calls_(calls),
        events_(events),
        changed_(std::move(executor)),
        selector_(rule_.select) {}

  Task<FilmResult> run(CallContext ctx);

 private:
  /// A judged frame that was not told yet.
  struct Waiting {
    FrameRecord record;
    std::shared_ptr<const std::string> picture;  ///< still to be asked about
    bool ready = false;
  };

  Task<> find_cuts(CallContext ctx);
  Task<> read(CallContext ctx);
  Task<> take(CallContext ctx, std::vector<media::Judged> judged);
  Task<> take_one(CallContext ctx, media::Judged judged);
  Task<> ask(CallContext ctx);
  Task<> tell(CallContext ctx);
  void answered(Waiting& one, Result<std::string> answer);
  bool model_is_gone() const { return result_.failed >= hopeless && successes_ == 0; }

  CpuPool& pool_;
  std::shared_ptr<const media::Video> video_;
  FilmRule rule_;
  FilmCalls& calls_;
  FilmEvents& events_;
  Signal changed_;
  media::FrameSelector selector_;
  std::deque<std::shared_ptr<Waiting>> line_;  ///< in time order, not yet told
  std::deque<std::shared_ptr<Waiting>> to_ask_;
  bool read_all_ = false;
  std::int64_t successes_ = 0;
  FilmResult result_;
};

FrameRecord record_of(const media::Judged& judged) {
  FrameRecord record;
  record.index = judged.index;
  record.time = judged.frame.time;
  record.phash = judged.frame.luma.phash;
  record.scene_changed = judged.scene_changed;
  record.keyframe = judged.frame.keyframe;
  record.decision = judged.decision;
  record.distance = judged.distance;
  record.like = judged.like;
  record.reason = judged.reason;
  return record;
}

Task<> Watching::take_one(CallContext ctx, media::Judged judged) {
  // As much as is asked at once may wait: more would only fill the memory.
  const auto room = static_cast<std::size_t>(2 * std::max(1, rule_.concurrency));
  while (to_ask_.size() >= room) SN_CO_TRY(co_await changed_.wait(ctx));
  auto one = std::make_shared<Waiting>();
  one->record = record_of(judged);
  const bool sent = judged.decision == media::Decision::sent;
  one->ready = !sent || !rule_.ask;
  if (sent && judged.frame.pixels) {
    const auto pixels = std::move(judged.frame.pixels);
    const media::Size shown = video_->facts().size;
    const auto encode = [&](int side, int quality) {
      return run_when_free(pool_, ctx, [&, side, quality](const CallContext& c) {
        return pixels->jpeg(c, media::frame_size(shown, side), quality);
      });
    };
    if (rule_.ask)
      one->picture = std::make_shared<const std::string>(
          SN_CO_TRY(co_await encode(rule_.picture_side, picture_quality)));
    if (rule_.thumb_side > 0)
      one->record.thumb =
          std::make_shared<const std::string>(SN_CO_TRY(co_await encode(rule_.thumb_side, thumb_quality)));
  }
  line_.push_back(one);
  if (!one->ready) to_ask_.push_back(one);
  changed_.notify();
  co_return Status{};
}

Task<> Watching::take(CallContext ctx, std::vector<media::Judged> judged) {
  for (auto& each : judged) SN_CO_TRY(co_await take_one(ctx, std::move(each)));
  co_return Status{};
}

Task<> Watching::find_cuts(CallContext ctx) {
  FilmRead film{video_, rule_.sample, media::Measure::content, rule_.workers};
  film.rule.mode = media::SampleRule::Mode::all;
  auto detector =
      rule_.scenes == SceneFinder::content ? media::content_detector({}) : media::adaptive_detector({});
  std::vector<double> recent;  // times of the last frames: a cut may lie a few frames back
  std::shared_ptr<const media::HsvImage> last;
  std::int64_t number = 0;
  double told = 0;
  constexpr std::size_t memory = 1 << 16;
  auto report = SN_CO_TRY(co_await read_film(ctx, pool_, film, [&](media::VideoFrame frame) -> Task<> {
    const double score = last ? media::content_score(*last, *frame.hsv) : 0;
    last = std::move(frame.hsv);
    recent.push_back(frame.time);
    if (const auto cut = detector->add(number, score)) {
      const auto at = static_cast<std::int64_t>(recent.size()) - 1 - (number - *cut);
      if (at >= 0) result_.cuts.push_back(recent[static_cast<std::size_t>(at)]);
    }
    if (recent.size() > memory) recent.erase(recent.begin(), recent.end() - memory / 2);
    ++number;
    if (frame.time >= told + 1) {
      told = frame.time;
      SN_CO_TRY(co_await events_.read_to(told));
    }
    co_return Status{};
  }));
  const double start = rule_.sample.from;
  const double end = rule_.sample.to > 0 ? rule_.sample.to : recent.empty() ? start : recent.back();
  std::vector<double> starts{start};
  starts.insert(starts.end(), result_.cuts.begin(), result_.cuts.end());
  rule_.sample.mode = media::SampleRule::Mode::times;
  rule_.sample.times.clear();
  for (std::size_t i = 0; i < starts.size(); ++i) {
    // A little into the shot, where fades and motion blur are over.
    constexpr double share = 0.25, longest = 1;
    const double shot_end = i + 1 < starts.size() ? starts[i + 1] : end;
    rule_.sample.times.push_back(starts[i] + std::min(longest, share * (shot_end - starts[i])));
  }
  result_.report = std::move(report);
  rule_.select.given = true;
  selector_ = media::FrameSelector(rule_.select);
  co_return Status{};
}

Task<> Watching::read(CallContext ctx) {
  const TimePoint begin = SteadyClock::now();
  if (rule_.scenes != SceneFinder::hash) SN_CO_TRY(co_await find_cuts(ctx));
  auto report =
      SN_CO_TRY(co_await read_film(ctx, pool_, {video_, rule_.sample, media::Measure::pixels, rule_.workers},
                                   [&](media::VideoFrame frame) -> Task<> {
                                     if (rule_.ask && model_is_gone())
                                       co_return Status{*result_.first_failure};
                                     co_return co_await take(ctx, selector_.add(std::move(frame)));
                                   }));
  SN_CO_TRY(co_await take(ctx, selector_.finish()));
  report.decoded += result_.report.decoded;
  result_.report = std::move(report);
  result_.reading = std::chrono::duration_cast<Milliseconds>(SteadyClock::now() - begin);
  read_all_ = true;
  changed_.notify();
  co_return Status{};
}

void Watching::answered(Waiting& one, Result<std::string> answer) {
  if (answer) {
    ++successes_;
    one.record.caption = std::move(*answer);
  } else {
    ++result_.failed;
    if (!result_.first_failure) result_.first_failure = answer.error();
    one.record.error = std::move(answer).error();
  }
  one.ready = true;
  changed_.notify();
}

Task<> Watching::ask(CallContext ctx) {
  for (;;) {
    while (to_ask_.empty() && !read_all_) SN_CO_TRY(co_await changed_.wait(ctx));
    if (to_ask_.empty()) co_return Status{};
    const auto one = to_ask_.front();
    to_ask_.pop_front();
    changed_.notify();
    FilmQuestion question;
    question.pictures.push_back(std::exchange(one->picture, nullptr));
    const bool hours = video_->facts().duration >= 3600;
    question.prompt = rule_.prompt;
    if (rule_.tell_time)
      question.prompt +=
          fmt::format("\nThis frame is shown at {} of the film.", clock_mark(one->record.time, hours));
    question.max_tokens = rule_.max_tokens;
    auto answer = co_await calls_.ask(ctx, std::move(question));
    SN_CO_TRY(ctx.check());
    answered(*one, std::move(answer));
  }
}

Task<> Watching::tell(CallContext ctx) {
  for (;;) {
    while (line_.empty() ? !read_all_ : !line_.front()->ready) SN_CO_TRY(co_await changed_.wait(ctx));
    if (line_.empty()) co_return Status{};
    const auto one = line_.front();
    line_.pop_front();
    SN_CO_TRY(co_await events_.frame(one->record));
    one->record.thumb.reset();
    result_.frames.push_back(std::move(one->record));
  }
}

Task<FilmResult> Watching::run(CallContext ctx) {
  std::vector<TaskMaker> tasks;
  tasks.emplace_back([this](CallContext c) { return read(std::move(c)); });
  tasks.emplace_back([this](CallContext c) { return tell(std::move(c)); });
  for (int i = 0; rule_.ask && i < rule_.concurrency; ++i)
    tasks.emplace_back([this](CallContext c) { return ask(std::move(c)); });
  SN_CO_TRY(co_await run_together(ctx, std::move(tasks)));
  if (rule_.ask && result_.first_failure && successes_ == 0) co_return std::move(*result_.first_failure);
  double end = video_->facts().duration;
  if (rule_.sample.to > 0) end = std::min(end > 0 ? end : rule_.sample.to, rule_.sample.to);
  if (!result_.frames.empty()) end = std::max(end, result_.frames.back().time);
  result_.scenes = scenes_of(result_.frames, end);
  co_return std::move(result_);
}

}  // namespace

std::string clock_mark(double seconds, bool hours) {
  const auto whole = static_cast<std::int64_t>(std::max(0.0, seconds));
  if (!hours) return fmt::format("[{:02}:{:02}]", whole / 60, whole % 60);
  return fmt::format("[{}:{:02}:{:02}]", whole / 3600, whole / 60 % 60, whole % 60);
}

std::vector<Scene> scenes_of(const std::vector<FrameRecord>& frames, double end) {
  std::vector<Scene> scenes;
  const auto caption_at = [&](std::int64_t index) {
    const auto found = std::ranges::find(frames, index, &FrameRecord::index);
    return found != frames.end() ? found->caption.value_or("") : std::string();
  };
  for (const auto& frame : frames) {
    if (!frame.scene_changed || frame.decision == media::Decision::poor) {
      // Without a caption of its own a scene takes that of a later frame of it.
      if (!scenes.empty() && scenes.back().caption.empty() && frame.caption)
        scenes.back().caption = *frame.caption;
      continue;
    }
    if (!scenes.empty()) scenes.back().end = frame.time;
    Scene scene;
    scene.start = scene.frame_time = frame.time;
    scene.caption = frame.like ? caption_at(*frame.like) : frame.caption.value_or("");
    scenes.push_back(std::move(scene));
  }
  if (!scenes.empty()) scenes.back().end = end;
  return scenes;
}

Task<FilmResult> watch_film(CallContext ctx, CpuPool& pool, std::shared_ptr<const media::Video> video,
                            FilmRule rule, FilmCalls& calls, FilmEvents& events) {
  Watching watching(pool, std::move(video), std::move(rule), calls, events, co_await current_executor());
  co_return co_await watching.run(std::move(ctx));
}

}  // namespace sensorium::pipeline
