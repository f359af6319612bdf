// sensorium compare: pictures against each other, measured and in words.
#include "cli/compare_run.h"
#include "cli/flags.h"

namespace sensorium::cli {
namespace {

using Type = OptionDef::Type;
constexpr double most_tolerance = 255;

constexpr FlagDef what[] = {
    {{.name = "only",
      .type = Type::choice,
      .help = "only what is measured, or only words",
      .choices = "pixels|words"},
     0,
     "WHAT"},
    number_flag("tolerance", "N", "16", "a pixel has changed when a channel differs by more, of 255", 0,
                most_tolerance),
    {{.name = "exit_code", .type = Type::boolean, .help = "exit 1 when the pictures differ"}},
    {{.name = "prompt", .help = "what matters in the comparison"}, 'p', "TEXT|@FILE"},
};
constexpr FlagDef model[] = {
    model_flag,
    detail_flag("how closely pictures are looked at"),
    max_tokens_flag("1024", "longest answer"),
    offline_flag,
    timeout_flag("longest time for all: 90s, 2m"),
};
constexpr FlagDef output[] = {
    format_flag("of the comparison"),
    {{.name = "json", .type = Type::boolean, .help = "JSON Lines: begin, item, summary"}},
    output_flag("into a file; - for stdout"),
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
