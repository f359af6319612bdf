// From what the pipeline saw to what a caller gets. Private to film*.cc.
#pragma once

#include "media/frame_stream.h"
#include "pipeline/film.h"
#include "pipeline/film_call.h"
#include "service/film.h"

namespace sensorium::service {

FilmFrame to_frame(const pipeline::FrameRecord& from);

/// All but chapters, summary, transcript and the hash; `interval` is the time between samples, s.
Timeline reply_of(const FilmQuestion& question, const media::VideoFacts& facts, double interval,
                  pipeline::FilmResult watched, const pipeline::FilmUsage& usage);

}  // namespace sensorium::service
