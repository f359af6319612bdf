// sensorium doctor: what can be asked here, what is missing, and what is wrong with a file.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "cli/arguments.h"
#include "cli/command_config.h"
#include "cli/hooks.h"
#include "cli/terminal.h"
#include "cli/words.h"
#include "service/question_json.h"
#include "service/service.h"
#include "service/troubles.h"

namespace sensorium::cli {
namespace {

using service::Finding;
using Level = Finding::Level;

constexpr FlagDef flags[] = {
    {{.name = "json", .type = OptionDef::Type::boolean, .help = "JSON Lines: findings, then a summary"}},
    {{.name = "errors",
      .type = OptionDef::Type::boolean,
      .help = "the ten errors that everybody meets, and what helps"}},
};
constexpr FlagGroup groups[] = {{"Output", flags}};
constexpr Example examples[] = {
    {"sensorium doctor", "the machine, the keys, the engines"},
    {"sensorium doctor photo.jpg", "also: can this picture be read, how large is it, what would be sent"},
    {"sensorium doctor --errors", "what goes wrong most often, and the way out"},
};

struct LevelWords {
  std::string_view mark, name;
  Style style;
};

LevelWords words_of(Level level) {
  switch (level) {
    case Level::good:
      return {"ok", "good", Style::green};
    case Level::note:
      return {"note", "note", Style::bold};
    case Level::warning:
      return {"warn", "warning", Style::yellow};
    case Level::problem:
      return {"fail", "problem", Style::red};
  }
  return {"", "", Style::plain};
}

void print_lines(const std::vector<Finding>& findings) {
  std::size_t width = 0;
  for (const Finding& finding : findings) width = std::max(width, display_width(finding.subject));
  const Terminal colors(terminal_takes_colors(STDOUT_FILENO) ? ColorWhen::always : ColorWhen::never,
                        STDOUT_FILENO);
  for (const Finding& finding : findings) {
    const LevelWords words = words_of(finding.level);
    const std::string pad(width - display_width(finding.subject), ' ');
    fmt::print("{}{}  {}{}  {}\n", colors.paint(words.style, words.mark),
               std::string(4 - words.mark.size(), ' '), text::printable(finding.subject), pad,
               text::printable(finding.message));
    if (!finding.hint.empty())
      fmt::print("{}{}\n", std::string(width + 8, ' '),
                 colors.paint(Style::dim, text::printable(finding.hint)));
  }
}

void print_json(const std::vector<Finding>& findings, int code) {
  service::Summary summary;
  summary.verb = "doctor";
  summary.exit_code = code;
  for (const Finding& finding : findings) {
    finding.level == Level::problem ? ++summary.failed : ++summary.ok;
    fmt::print("{{\"type\":\"finding\",\"level\":\"{}\",\"subject\":{},\"message\":{},\"hint\":{}}}\n",
               words_of(finding.level).name, text::json_quote(finding.subject),
               text::json_quote(finding.message), text::json_quote(finding.hint));
  }
  fmt::print("{}\n", service::summary_line(summary));
}

// A file that cannot be used is 3, as for the commands that would use it; anything else that fails is 1.
int code_of(const std::vector<Finding>& findings, const std::vector<std::string>& files) {
  int code = 0;
  for (const Finding& finding : findings) {
    if (finding.level != Level::problem) continue;
    if (std::ranges::find(files, finding.subject) != files.end()) return facts(Code::corrupt_media).exit;
    code = 1;
  }
  return code;
}

// Every error as a finding, so that both forms of output serve.
std::vector<Finding> known_errors() {
  std::vector<Finding> out;
  for (const service::Trouble& one : service::troubles())
    out.push_back({Level::note, std::string(one.name), fmt::format("{}: {}", facts(one.code).name, one.sign),
                   std::string(one.remedy)});
  return out;
}

Result<int> run(CliContext& context) {
  if (context.arguments.has("errors")) {
    const auto errors = known_errors();
    if (context.arguments.has("json")) print_json(errors, 0);
    else print_lines(errors);
    return 0;
  }
  Config config = SN_TRY(command_config(context));
  std::vector<Finding> findings{{Level::good, "sensorium", context.hooks.version, ""}};
  findings.push_back(
      {Level::good, "configuration", config.file.empty() ? "defaults, no file" : config.file, ""});
  const auto service = SN_TRY(service::Service::create(std::move(config)));
  std::ranges::move(service->doctor(context.arguments.words()), std::back_inserter(findings));
  const int code = code_of(findings, context.arguments.words());
  if (context.arguments.has("json")) print_json(findings, code);
  else print_lines(findings);
  return code;
}

constexpr std::size_t any_number = 10'000;

}  // namespace

extern const CommandDef doctor_command{
    .name = "doctor",
    .arguments = "[FILE...]",
    .summary = "what can be asked here, what is missing, what is wrong with a file",
    .description =
        "Ends with 0 when all is well, 1 when something does not work, 3 when a FILE cannot be used.",
    .actions = {},
    .groups = groups,
    .examples = examples,
    .max_arguments = any_number,
    .run = run,
};

}  // namespace sensorium::cli
