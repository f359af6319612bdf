// sensorium models: what can be asked, and the local models of this machine.
#include "cli/action.h"
#include "cli/arguments.h"
#include "cli/command_config.h"
#include "cli/models_local.h"
#include "cli/models_view.h"
#include "service/recommend.h"

namespace sensorium::cli {
namespace {

using Type = OptionDef::Type;
constexpr FlagDef flags[] = {
    {{.name = "all",
      .type = Type::boolean,
      .help = "ls: also what needs a key, a server or a download first"}},
    {{.name = "json", .type = Type::boolean, .help = "ls, show, ps, recommend: JSON Lines, then a summary"}},
    {{.name = "projector",
      .type = Type::path,
      .help = "import: the file that lets it see (mmproj), if not beside it"},
     0,
     "FILE"},
    {{.name = "name", .help = "import: what it is to be called"}, 0, "NAME"},
    {{.name = "task",
      .type = Type::choice,
      .default_value = "general",
      .help = "recommend: what the model is for",
      .choices = service::purpose_names},
     0,
     "NAME"},
    {{.name = "copy",
      .type = Type::boolean,
      .help = "import: copy the files instead of using them where they lie"}},
};
constexpr FlagGroup groups[] = {{"Models", flags}};
constexpr Action actions[] = {
    {"ls", "", "what can be asked now, in the order that auto tries"},
    {"show", "NAME", "one model: limits, price, licence, memory"},
    {"pull", "NAME", "download a local model; goes on where it stopped"},
    {"import", "FILE.gguf", "use a model file that is here already"},
    {"rm", "NAME", "remove a local model"},
    {"ps", "", "model processes that run now"},
    {"recommend", "", "models for a task, on this machine and with these keys, with reasons"},
};
constexpr Example examples[] = {
    {"sensorium models ls", "what can be asked now"},
    {"sensorium models pull smolvlm-500m", "a small model that describes pictures offline"},
    {"sensorium models import ~/models/qwen.gguf --projector ~/models/mmproj.gguf",
     "a model that is here already"},
    {"sensorium models show openai/gpt-4o", "its limits and its price"},
};

Result<int> run(CliContext& context) {
  const Action* action = SN_TRY(chosen_action(context.arguments));
  if (action->arguments.empty() && context.arguments.words().size() > 1)
    return superfluous(context.arguments, 1);
  Config config = SN_TRY(command_config(context));
  if (action->name == "pull") return pull_model(context, config);
  if (action->name == "import") return import_model(context, config);
  if (action->name == "rm") return remove_model(context, config);
  if (action->name == "ps") return list_running(context);
  const auto service = SN_TRY(service::Service::create(std::move(config)));
  if (action->name == "recommend") return recommend_model(context, *service);
  return action->name == "ls" ? list_models(context, *service) : show_model(context, *service);
}

}  // namespace

extern const CommandDef models_command{
    .name = "models",
    .arguments = "ls | show NAME | pull NAME | import FILE | rm NAME | ps | recommend",
    .summary = "what can be asked and what it costs; local models",
    .description = "",
    .actions = actions,
    .groups = groups,
    .examples = examples,
    .max_arguments = 2,
    .run = run,
};

}  // namespace sensorium::cli
