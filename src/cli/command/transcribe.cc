// sensorium transcribe: recordings to text and subtitles, one result per input.
#include "cli/flags.h"
#include "cli/transcribe_run.h"

namespace sensorium::cli {
namespace {

using Type = OptionDef::Type;
constexpr double widest_beam = 8, narrowest_line = 10, widest_line = 200, most_lines = 6, most_tracks = 64;

constexpr FlagDef speech[] = {
    {{.name = "language",
      .default_value = "auto",
      .help = "spoken language: en, zh, German; auto finds it out"},
     'l',
     "LANG"},
    {{.name = "languages", .help = "with auto: only these may be found"}, 0, "LANG,..."},
    {{.name = "task",
      .type = Type::choice,
      .default_value = "transcribe",
      .help = "translate: to English, by the speech model itself",
      .choices = "transcribe|translate"},
     0,
     "TASK"},
    {{.name = "model", .help = "local/whisper-base, openai/whisper-1, a provider/model, or auto"},
     'm',
     "NAME"},
    {{.name = "initial_prompt", .help = "names and spellings to expect"}, 0, "TEXT"},
    number_flag("beam_size", "N", "5", "hypotheses followed; 1 is fastest", 1, widest_beam),
    {{.name = "temperature", .type = Type::number, .default_value = "0", .help = "where the ladder begins"},
     0,
     "X",
     Repeat::no,
     0,
     1},
    number_flag("track", "N", "", "sound track of a film, from 0", 0, most_tracks),
    {{.name = "vad_filter", .help = "accepted for scripts: silence is always left out"}, 0, "BOOL"},
    offline_flag,
};
constexpr FlagDef translation[] = {
    {{.name = "translate_to", .help = "another language, by a chat model"}, 0, "LANG"},
    {{.name = "translator", .help = "the chat model"}, 0, "NAME"},
    {{.name = "glossary", .type = Type::path, .help = "lines of: word = translation"}, 0, "FILE"},
    {{.name = "subtitles",
      .type = Type::choice,
      .default_value = "translation",
      .help = "what stands in cues when there is a translation",
      .choices = "original|translation|both"},
     0,
     "WHICH"},
};
constexpr FlagDef output[] = {
    {{.name = "format",
      .default_value = "text",
      .help = "text, srt, vtt, tsv, json, verbose_json, or all with -o DIR; several with commas"},
     'f',
     "NAME"},
    {{.name = "output_format", .help = "the same, as other programs call it"}, 0, "NAME"},
    {{.name = "json", .type = Type::boolean, .help = "JSON Lines: begin, delta, item, summary"}},
    output_flag("into a file, or a folder under the input's name; - for stdout"),
    {{.name = "output_dir", .type = Type::path, .help = "the same for a folder"}, 0, "DIR"},
    {{.name = "word_timestamps", .help = "times of words in JSON"}, 0, "BOOL"},
    number_flag("max_line_width", "N", "42", "characters in a line of a cue", narrowest_line, widest_line),
    number_flag("max_line_count", "N", "2", "lines of a cue", 1, most_lines),
    timeout_flag("longest time for one recording: 90s, 2h"),
    progress_flag("the line that says how far it is"),
};
constexpr FlagGroup groups[] = {{"Speech", speech}, {"Translation", translation}, {"Output", output}};

constexpr Example examples[] = {
    {"sensorium transcribe talk.mp3", "text, on stdout while it is recognised"},
    {"sensorium transcribe film.mkv -f srt -o film.srt", "subtitles of a film"},
    {"sensorium transcribe *.m4a -f srt,json -o subtitles",
     "one set of files per recording, in a folder that exists"},
    {"sensorium transcribe talk.mp3 -f vtt --translate-to zh --subtitles both", "two languages in one file"},
    {"arecord -d 60 -f cd | sensorium transcribe -", "a recording on stdin"},
};

Result<int> run(CliContext& context) { return run_transcribe(context); }

}  // namespace

extern const CommandDef transcribe_command{
    .name = "transcribe",
    .arguments = "INPUT...",
    .summary = "speech to text and subtitles, one result per input",
    .description =
        "INPUT is a recording or a film, or - for stdin. Long recordings are cut at silences and recognised "
        "in\n"
        "parallel; times are those of the recording. Spellings of Whisper's own program are accepted.",
    .actions = {},
    .groups = groups,
    .examples = examples,
    .max_arguments = any_number_of_inputs,
    .run = run,
};

}  // namespace sensorium::cli
