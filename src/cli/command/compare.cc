// sensorium compare: pictures against each other, measured and in words.
#include "cli/compare_run.h"

namespace sensorium::cli {
namespace {

using Type = OptionDef::Type;
constexpr double least_tokens = 1, most_tokens = 4096, most_tolerance = 255;

constexpr FlagDef what[] = {
    {{.name = "only",
      .type = Type::choice,
      .help = "only what is measured, or only words",
      .choices = "pixels|words"},
     0,
     "WHAT"},
    {{.name = "tolerance",
      .type = Type::integer,
      .default_value = "16",
      .help = "a pixel has changed when a channel differs by more, of 255"},
     0,
     "N",
     Repeat::no,
     0,
     most_tolerance},
    {{.name = "exit_code", .type = Type::boolean, .help = "exit 1 when the pictures differ"}},
    {{.name = "prompt", .help = "what matters in the comparison"}, 'p', "TEXT|@FILE"},
};
constexpr FlagDef model[] = {
    {{.name = "model", .help = "provider/model, local/name, an alias, reader or auto"}, 'm', "NAME"},
    {{.name = "detail",
      .type = Type::choice,
      .default_value = "auto",
      .help = "how closely pictures are looked at",
      .choices = "low|high|auto"},
     0,
     "HOW"},
    {{.name = "max_tokens", .type = Type::integer, .default_value = "1024", .help = "longest answer"},
     0,
     "N",
     Repeat::no,
     least_tokens,
     most_tokens},
    {{.name = "offline", .type = Type::boolean, .help = "nothing leaves this machine"}},
    {{.name = "timeout", .type = Type::duration, .help = "longest time for all: 90s, 2m"}, 0, "TIME"},
};
constexpr FlagDef output[] = {
    {{.name = "format",
      .type = Type::choice,
      .default_value = "text",
      .help = "of the comparison",
      .choices = "text|md|json|jsonl"},
     'f',
     "NAME"},
    {{.name = "json", .type = Type::boolean, .help = "JSON Lines: begin, item, summary"}},
    {{.name = "output", .type = Type::path, .help = "into a file; - for stdout"}, 'o', "FILE"},
};
constexpr FlagGroup groups[] = {{"Comparison", what}, {"Model", model}, {"Output", output}};

constexpr Example examples[] = {
    {"sensorium compare before.png after.png",
     "what changed: measured, and in words by the best model there is"},
    {"sensorium compare expected.png got.png --only pixels --exit-code", "a test of pictures; no model"},
    {"sensorium compare a.jpg b.jpg c.jpg -p \"Which is the sharpest?\" --json",
     "several pictures, as JSON Lines"},
};

constexpr std::size_t most_pictures = 64;

Result<int> run(CliContext& context) {
  Interrupt interrupt;
  return run_compare(context, interrupt);
}

}  // namespace

extern const CommandDef compare_command{
    .name = "compare",
    .arguments = "A B [MORE...]",
    .summary = "pictures against each other: measured facts, regions, words",
    .description =
        "The other pictures are turned upright and scaled to the first. Measured without a model: likeness "
        "(SSIM),\n"
        "share and regions of changed pixels, distance of hashes. Words come from a model, or from the text "
        "that\n"
        "the reader finds.",
    .actions = {},
    .groups = groups,
    .examples = examples,
    .max_arguments = most_pictures,
    .run = run,
};

}  // namespace sensorium::cli
