// What is read of a film beside its frames: its hash, what is said in it. Private to film*.cc.
#pragma once

#include "exec/cpu_pool.h"
#include "media/frame_stream.h"
#include "service/film.h"

namespace sensorium::service {

/// SHA-256 of a file in steps that leave the pool to others in between.
Task<std::string> digest_of(CallContext ctx, CpuPool& pool, std::string path);

/// The subtitles that are given, else those beside the film, else inside it; or a warning. Errors: those of
/// given subtitles, cancelled.
Task<> read_cues(const CallContext& ctx, CpuPool& pool, const FilmQuestion& question,
                 const media::VideoFacts& facts, Timeline& out);

}  // namespace sensorium::service
