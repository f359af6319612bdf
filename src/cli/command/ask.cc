// sensorium ask: one question about pictures, streamed.
#include "cli/ask_run.h"
#include "cli/flags.h"

namespace sensorium::cli {
namespace {

using Type = OptionDef::Type;
constexpr double hottest = 2;

constexpr FlagDef question[] = {
    {{.name = "prompt", .help = "the question, or @FILE that holds it; then all words are inputs"},
     'p',
     "TEXT|@FILE"},
    {{.name = "attachment", .type = Type::path, .help = "one more input, as the words behind the prompt"},
     'a',
     "FILE",
     Repeat::yes},
    {{.name = "files_from", .type = Type::path, .help = "inputs named in FILE, one a line; - for stdin"},
     0,
     "FILE|-",
     Repeat::yes},
    {{.name = "null", .type = Type::boolean, .help = "names in --files-from end with a zero byte"}, '0'},
    {{.name = "type", .help = "accepted for scripts; inputs are told by their content"}, 0, "MIME"},
    {{.name = "system", .help = "instructions that stand above the question"}, 's', "TEXT"},
    {{.name = "schema",
      .help = "the answer as data: a JSON Schema file, or a short form like \"name, age int, items: list\""},
     0,
     "FILE|FIELDS"},
};
constexpr FlagDef model[] = {
    {{.name = "model",
      .help = "provider/model, local/name, an alias, reader or auto; repeated: each answers"},
     'm',
     "NAME",
     Repeat::yes},
    detail_flag("how closely pictures are looked at"),
    {{.name = "pages", .help = "of PDF and TIFF: 1-3,7 or 5-; without it the first ten"}, 0, "LIST"},
    {{.name = "frames", .help = "of GIF and WebP: how many, evenly spread, or a list; without it the first"},
     0,
     "N|LIST"},
    {{.name = "exif",
      .type = Type::choice,
      .default_value = "off",
      .help = "tell the model what EXIF says: basic, or gps: the place too",
      .choices = "off|basic|gps"},
     0,
     "WHAT"},
    {{.name = "tile",
      .help = "look at large pictures in tiles of SIZE px (512), or adaptive, or adaptive:SIZE"},
     0,
     "[=SIZE]",
     Repeat::no,
     std::numeric_limits<double>::lowest(),
     std::numeric_limits<double>::max(),
     "512"},
    number_flag("tile_overlap", "PX", "64", "pixels that tiles share", 0, 4096),
    max_tokens_flag("1024", "longest answer"),
    {{.name = "temperature", .type = Type::number, .help = "0 always the same, higher more varied"},
     0,
     "X",
     Repeat::no,
     0,
     hottest},
    cache_flag,
    offline_flag,
};
constexpr FlagDef limits[] = {
    timeout_flag("longest time for the answer: 90s, 2m"),
    max_cost_flag("do not ask if it may cost more, in USD"),
    {{.name = "dry_run", .type = Type::boolean, .help = "show size, tokens and price; send nothing"}},
    record_flag,
    replay_flag,
};
constexpr FlagDef output[] = {
    format_flag("of the answer"),
    {{.name = "json", .type = Type::boolean, .help = "JSON Lines: begin, delta, item, summary"}},
    output_flag("into a file, or into a folder under the input's name; - for stdout"),
    progress_flag("the line that says what is waited for"),
};
constexpr FlagGroup groups[] = {
    {"Question", question}, {"Model", model}, {"Limits", limits}, {"Output", output}};

constexpr Example examples[] = {
    {"sensorium ask \"What does the sign say?\" sign.jpg",
     "the best model there is: with a key, a local one, else the reader"},
    {"sensorium ask \"What changed?\" before.png after.png -m openai/gpt-4o", "two pictures in one question"},
    {"curl -s https://example.org/a.jpg | sensorium ask \"Describe this\" -", "a picture on stdin"},
    {"sensorium ask -p @question.txt scan.png --json", "the question from a file, the answer as JSON Lines"},
    {"sensorium ask \"Read the receipt\" receipt.jpg --schema \"shop, total number, lines: list\"",
     "the answer as JSON"},
    {"sensorium ask \"What does it say?\" scan.png --tile", "a large scan, tile by tile"},
    {"sensorium ask \"Summarize\" page.png --dry-run", "what it would cost"},
};

Result<int> run(CliContext& context) {
  Interrupt interrupt;
  auto request = ask_request(context.arguments, interrupt);
  if (!request && request.error().code == Code::cancelled && interrupt.signal() != 0)
    return exit_code_of_signal(interrupt.signal());
  if (!request) return Error(std::move(request).error());
  return run_ask(context, *request, interrupt);
}

}  // namespace

extern const CommandDef ask_command{
    .name = "ask",
    .arguments = "PROMPT INPUT...",
    .summary = "one question about pictures, answered as it is generated",
    .description =
        "INPUT is a picture, a PDF or SVG, an http(s) address, or - for stdin. All inputs go into one "
        "question.\n"
        "The answer goes to stdout, everything else to stderr. An input that is named but cannot be sent is "
        "an\n"
        "error, and then nothing is sent.",
    .actions = {},
    .groups = groups,
    .examples = examples,
    .max_arguments = any_number_of_inputs,
    .run = run,
};

}  // namespace sensorium::cli
