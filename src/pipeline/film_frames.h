// The frames of a film in time order, while several workers decode it. Surprising: a worker is no thread but
// a chain of short jobs on the pool (about 100 ms each), so that other requests get their turn in between;
// and what is decoded ahead is bounded, so that a slow reader stops the decoders.
#pragma once

#include <functional>
#include <memory>

#include "exec/cpu_pool.h"
#include "exec/guard.h"
#include "media/frame_stream.h"

namespace sensorium::pipeline {

struct FilmRead {
  std::shared_ptr<const media::Video> video;
  media::SampleRule rule;
  media::Measure measure = media::Measure::pixels;
  int workers = 2;
};

/// What reading took, for timings and warnings.
struct FilmReport {
  std::int64_t frames = 0;   ///< given to the handler
  std::int64_t decoded = 0;  ///< by the decoders, wanted or not
  std::vector<std::string> warnings;
};

using FrameHandler = std::function<Task<>(media::VideoFrame)>;

/// Calls `handler` with each wanted frame, in time order, one call at a time; awaiting it is the
/// back-pressure. Errors: those of the film, of the handler and of `ctx`.
Task<FilmReport> read_film(CallContext ctx, CpuPool& pool, FilmRead film, FrameHandler handler);

/// Runs `work` on the pool; a full pool is waited for.
template <class Work>
auto run_when_free(CpuPool& pool, CallContext ctx, Work work)
    -> boost::asio::awaitable<std::invoke_result_t<Work&, const CallContext&>> {
  constexpr Milliseconds pause(50);
  for (;;) {
    bool ran = false;
    auto result = co_await pool.run(ctx, [&ran, &work](const CallContext& c) {
      ran = true;
      return work(c);
    });
    if (ran || result || result.error().code != Code::overloaded) co_return result;
    SN_CO_TRY(co_await sleep_for(ctx, pause));
  }
}

}  // namespace sensorium::pipeline
