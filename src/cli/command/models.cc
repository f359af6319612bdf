// sensorium models: what can be asked.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "cli/action.h"
#include "cli/arguments.h"
#include "cli/command_config.h"
#include "cli/models_view.h"
#include "service/service.h"

namespace sensorium::cli {
namespace {

using Type = OptionDef::Type;
constexpr FlagDef flags[] = {
    {{.name = "all", .type = Type::boolean, .help = "ls: also what needs a key or a server first"}},
    {{.name = "json", .type = Type::boolean, .help = "JSON Lines: models, then a summary"}},
};
constexpr FlagGroup groups[] = {{"Output", flags}};
constexpr Action actions[] = {
    {"ls", "", "what can be asked now, in the order that auto tries"},
    {"show", "NAME", "one model, alias or provider"},
};
constexpr Example examples[] = {
    {"sensorium models ls", "what can be asked now"},
    {"sensorium models show openai/gpt-4o", "its limits and its price"},
};

Result<int> run(CliContext& context) {
  const Action* action = SN_TRY(chosen_action(context.arguments));
  const auto service = SN_TRY(service::Service::create(SN_TRY(command_config(context))));
  if (action->name == "ls") {
    if (context.arguments.words().size() > 1) return superfluous(context.arguments, 1);
    return list_models(context, *service);
  }
  return show_model(context, *service);
}

}  // namespace

extern const CommandDef models_command{
    .name = "models",
    .arguments = "ls | show NAME",
    .summary = "what can be asked, and what it costs",
    .description = "",
    .actions = actions,
    .groups = groups,
    .examples = examples,
    .max_arguments = 2,
    .run = run,
};

}  // namespace sensorium::cli
