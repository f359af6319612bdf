// One source, several decoders, one line of results. All of it runs on one shard; only the jobs are
// elsewhere.
#include "pipeline/film_frames.h"

#include <deque>

#include "exec/signal.h"
#include "exec/together.h"

namespace sensorium::pipeline {
namespace {

constexpr Milliseconds slice(100);
// Frames that wait: so many of the unit whose turn it is, so many bytes over all units.
constexpr std::size_t most_of_one = 4;
constexpr std::int64_t most_bytes = 32LL << 20;

class Reading {
 public:
  Reading(CpuPool& pool, FilmRead film, FrameHandler handler, boost::asio::any_io_executor executor)
      : pool_(pool), film_(std::move(film)), handler_(std::move(handler)), changed_(std::move(executor)) {}

  Task<FilmReport> run(CallContext ctx);

 private:
  /// The results of one unit, in the order of units.
  struct Slot {
    std::deque<media::VideoFrame> frames;
    std::int64_t bytes = 0;
    bool done = false;
  };
  using Decoder = std::shared_ptr<media::FrameDecoder>;

  Task<> work(CallContext ctx);
  Task<std::unique_ptr<media::FrameUnit>> next_unit(CallContext ctx, std::size_t& number);
  Task<> decode(CallContext ctx, std::unique_ptr<media::FrameUnit> unit, std::size_t number, Decoder& own);
  Task<> room_for(CallContext ctx, std::size_t number);
  Task<> hand_on(CallContext ctx);
  bool crowded(std::size_t number) const;
  Slot& slot(std::size_t number) { return slots_[number - first_]; }

  CpuPool& pool_;
  FilmRead film_;
  FrameHandler handler_;
  Signal changed_;
  std::unique_ptr<media::FrameSource> source_;
  bool reading_ = false, ended_ = false;
  std::deque<Slot> slots_;  ///< of units from number first_ on
  std::size_t first_ = 0, next_ = 0;
  Decoder latest_;  ///< of the last unit given out, for units that continue it
  std::int64_t bytes_ = 0;
  FilmReport report_;
};

Task<std::unique_ptr<media::FrameUnit>> Reading::next_unit(CallContext ctx, std::size_t& number) {
  while (reading_) SN_CO_TRY(co_await changed_.wait(ctx));
  if (ended_) co_return std::unique_ptr<media::FrameUnit>();
  reading_ = true;
  auto unit = co_await run_when_free(pool_, ctx, [this](const CallContext& c) { return source_->next(c); });
  reading_ = false;
  if (!unit || !*unit) ended_ = true;
  if (unit && *unit) {
    number = next_++;
    slots_.emplace_back();
  }
  changed_.notify();
  co_return unit;
}

bool Reading::crowded(std::size_t number) const {
  if (number == first_) return slots_.front().frames.size() >= most_of_one;
  return bytes_ >= most_bytes;
}

Task<> Reading::room_for(CallContext ctx, std::size_t number) {
  while (crowded(number)) SN_CO_TRY(co_await changed_.wait(ctx));
  co_return Status{};
}

Task<> Reading::decode(CallContext ctx, std::unique_ptr<media::FrameUnit> unit, std::size_t number,
                       Decoder& own) {
  Decoder decoder = own;
  if (unit->continues() && latest_) {
    decoder = latest_;
    // The decoder is still busy with the unit before.
    while (number > first_ && !slot(number - 1).done) SN_CO_TRY(co_await changed_.wait(ctx));
  }
  latest_ = decoder;
  decoder->start(std::move(unit));
  for (bool more = true; more;) {
    SN_CO_TRY(co_await room_for(ctx, number));
    std::vector<media::VideoFrame> frames;
    more = SN_CO_TRY(co_await run_when_free(
        pool_, ctx, [&](const CallContext& c) { return decoder->step(c, slice, frames); }));
    Slot& mine = slot(number);
    for (auto& frame : frames) {
      bytes_ += frame.pixels ? frame.pixels->bytes() : 0;
      mine.frames.push_back(std::move(frame));
    }
    mine.done = !more;
    changed_.notify();
  }
  co_return Status{};
}

Task<> Reading::work(CallContext ctx) {
  Decoder own = SN_CO_TRY(film_.video->decoder(film_.measure));
  for (;;) {
    std::size_t number = 0;
    auto unit = SN_CO_TRY(co_await next_unit(ctx, number));
    if (!unit) break;
    if (!unit->continues() && own == latest_ && own.use_count() > 2)
      own = SN_CO_TRY(film_.video->decoder(film_.measure));
    SN_CO_TRY(co_await decode(ctx, std::move(unit), number, own));
  }
  report_.decoded += own->decoded();
  co_return Status{};
}

Task<> Reading::hand_on(CallContext ctx) {
  for (;;) {
    while (slots_.empty() ? !ended_ : slots_.front().frames.empty() && !slots_.front().done)
      SN_CO_TRY(co_await changed_.wait(ctx));
    if (slots_.empty()) co_return Status{};
    if (slots_.front().frames.empty()) {
      slots_.pop_front();
      ++first_;
      changed_.notify();
      continue;
    }
    media::VideoFrame frame = std::move(slots_.front().frames.front());
    slots_.front().frames.pop_front();
    bytes_ -= frame.pixels ? frame.pixels->bytes() : 0;
    ++report_.frames;
    changed_.notify();
    SN_CO_TRY(co_await handler_(std::move(frame)));
  }
}

Task<FilmReport> Reading::run(CallContext ctx) {
  source_ = SN_CO_TRY(co_await run_when_free(
      pool_, ctx, [this](const CallContext& c) { return film_.video->source(c, film_.rule); }));
  std::vector<TaskMaker> tasks;
  for (int i = 0; i < film_.workers; ++i)
    tasks.emplace_back([this](CallContext c) { return work(std::move(c)); });
  tasks.emplace_back([this](CallContext c) { return hand_on(std::move(c)); });
  SN_CO_TRY(co_await run_together(ctx, std::move(tasks)));
  report_.warnings = source_->warnings();
  co_return std::move(report_);
}

}  // namespace

Task<FilmReport> read_film(CallContext ctx, CpuPool& pool, FilmRead film, FrameHandler handler) {
  Reading reading(pool, std::move(film), std::move(handler), co_await current_executor());
  co_return co_await reading.run(std::move(ctx));
}

}  // namespace sensorium::pipeline
