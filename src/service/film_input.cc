// Files are read on the pool, in turns with others.
#include "service/film_input.h"

#include <filesystem>
#include <fstream>

#include "base/sha256.h"
#include "pipeline/film_frames.h"

namespace sensorium::service {
namespace {

namespace files = std::filesystem;

/// A subtitle file of the film's name, "" when there is none.
std::string beside(const std::string& film) {
  for (const char* ending : {".srt", ".vtt", ".ass"}) {
    files::path path(film);
    path.replace_extension(ending);
    std::error_code ignored;
    if (files::is_regular_file(path, ignored)) return path.string();
  }
  return "";
}

}  // namespace

Task<std::string> digest_of(CallContext ctx, CpuPool& pool, std::string path) {
  constexpr std::size_t piece = 1 << 20;
  constexpr int pieces_per_step = 64;
  std::ifstream in(path, std::ios::binary);
  Sha256 hash;
  std::string buffer(piece, '\0');
  for (bool more = true; more;) {
    more = SN_CO_TRY(co_await pipeline::run_when_free(pool, ctx, [&](const CallContext& c) -> Result<bool> {
      for (int i = 0; i < pieces_per_step; ++i) {
        SN_TRY(c.check());
        in.read(buffer.data(), piece);
        hash.update(std::string_view(buffer).substr(0, static_cast<std::size_t>(in.gcount())));
        if (!in) return false;
      }
      return true;
    }));
  }
  co_return hash.finish_hex();
}

Task<> read_cues(const CallContext& ctx, CpuPool& pool, const FilmQuestion& question,
                 const media::VideoFacts& facts, Timeline& out) {
  std::string from = question.subtitles.empty() ? beside(question.path) : question.subtitles;
  if (from.empty() && facts.subtitles) from = question.path;
  if (from.empty()) {
    if (facts.sound && question.speech)
      out.warnings.emplace_back(
          "the film has sound, which was not transcribed: give subtitles with --subtitles");
    co_return Status{};
  }
  auto cues = co_await pipeline::run_when_free(
      pool, ctx, [&](const CallContext& c) { return media::read_subtitles(c, from); });
  SN_CO_TRY(ctx.check());
  if (!cues && !question.subtitles.empty()) co_return std::move(cues).error();
  if (!cues) {
    out.warnings.push_back("the subtitles could not be read: " + cues.error().message);
    co_return Status{};
  }
  for (auto& cue : *cues)
    if (cue.end > question.from && (question.to <= 0 || cue.start < question.to))
      out.transcript.push_back({cue.start, cue.end, std::move(cue.text)});
  out.transcript_source = from == question.path ? "embedded subtitles" : "subtitle file";
  co_return Status{};
}

}  // namespace sensorium::service
