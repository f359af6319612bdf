// sensorium timeline: a film to scenes, chapters and a summary.
#include "cli/flags.h"
#include "cli/timeline_run.h"

namespace sensorium::cli {
namespace {

using Type = OptionDef::Type;
constexpr double most_frames = 100'000, most_bits = 64, most_calls = 64;

constexpr FlagDef frames[] = {
    {{.name = "fps", .default_value = "1", .help = "frames a second that are looked at, 0.1 to 10, or auto"},
     0,
     "X|auto"},
    number_flag("target_frames", "N", "60", "with --fps auto: about so many", 1, most_frames),
    number_flag("max_frames", "N", "", "never ask about more, spread over the film", 1, most_frames),
    number_flag("threshold", "BITS", "10", "bits of 64 in which a new scene differs", 0, most_bits),
    {{.name = "all_frames",
      .type = Type::boolean,
      .help = "ask about every frame looked at, not only new scenes"}},
    {{.name = "scenes",
      .type = Type::choice,
      .default_value = "hash",
      .help = "how scenes are found; all but hash to the frame",
      .choices = "hash|content|adaptive"},
     0,
     "HOW"},
    {{.name = "sampling",
      .type = Type::choice,
      .default_value = "exact",
      .help = "exact frames, near keyframes, or keyframes only (fastest)",
      .choices = "exact|snap|keyframes"},
     0,
     "HOW"},
    {{.name = "from", .help = "begin here: 90, 1:30, 0:01:30"}, 0, "TIME"},
    {{.name = "to", .help = "end here"}, 0, "TIME"},
};
constexpr FlagDef question[] = {
    {{.name = "prompt", .help = "what to ask about each frame"}, 'p', "TEXT"},
    {{.name = "why", .help = "what the timeline is for"}, 0, "TEXT"},
    {{.name = "no_model", .type = Type::boolean, .help = "frames and scenes only, no calls"}},
    {{.name = "no_speech", .type = Type::boolean, .help = "do not mind the sound"}},
    {{.name = "subtitles", .type = Type::path, .help = "what is said; else those beside or inside the film"},
     0,
     "FILE"},
};
constexpr FlagDef model[] = {
    model_flag,
    detail_flag("how closely frames are looked at"),
    max_tokens_flag("300", "longest answer about a frame"),
    number_flag("concurrency", "N", "5", "calls at the same time", 1, most_calls),
    cache_flag,
    offline_flag,
};
constexpr FlagDef limits[] = {
    timeout_flag("longest time for each film: 90s, 2h"),
    max_cost_flag("never spend more, in USD"),
    {{.name = "dry_run", .type = Type::boolean, .help = "show frames, calls and price; send nothing"}},
};
constexpr FlagDef output[] = {
    {{.name = "format",
      .default_value = "text",
      .help = "text, md, json, jsonl, csv, srt, vtt, contact; several with commas"},
     'f',
     "LIST"},
    {{.name = "json", .type = Type::boolean, .help = "JSON Lines: begin, item, summary"}},
    output_flag("into a file, or into a folder under the film's name"),
    {{.name = "report", .type = Type::path, .help = "why each frame was kept or not, as JSON Lines"},
     0,
     "FILE"},
    {{.name = "thumbnails", .type = Type::path, .help = "small JPEGs of the kept frames into a folder"},
     0,
     "FOLDER"},
    progress_flag("the line that says how far it is"),
};
constexpr FlagGroup groups[] = {
    {"Frames", frames}, {"Question", question}, {"Model", model}, {"Limits", limits}, {"Output", output}};

constexpr Example examples[] = {
    {"sensorium timeline talk.mp4", "a line for each scene, then chapters and a summary"},
    {"sensorium timeline talk.mp4 --no-model -f contact -o sheet.jpg",
     "its scenes as a contact sheet, no call"},
    {"sensorium timeline film.mkv -f md,vtt,json -o notes/", "three files, named after the film"},
    {"sensorium timeline long.mp4 --fps 0.2 --max-cost 0.50", "one frame in five seconds, at most 50 cents"},
    {"sensorium timeline film.mp4 --dry-run", "what it would take"},
};

Result<int> run(CliContext& context) {
  Interrupt interrupt;
  const auto request = SN_TRY(timeline_request(context.arguments));
  return run_timelines(context, request, interrupt);
}

}  // namespace

extern const CommandDef timeline_command{
    .name = "timeline",
    .arguments = "VIDEO...",
    .summary = "a film to scenes, chapters and a summary",
    .description =
        "VIDEO is a file or - for stdin. Frames are judged while the film is read, and a model is asked "
        "about those\n"
        "that show a new scene. Killed at any moment, the same command repeats no finished call.",
    .actions = {},
    .groups = groups,
    .examples = examples,
    .max_arguments = any_number_of_inputs,
    .run = run,
};

}  // namespace sensorium::cli
